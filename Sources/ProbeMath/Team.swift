import CKernels
import Dispatch
import Foundation
import Synchronization

/// A few threads that divide the parts of one operation among themselves, and wait for the next.
///
/// An operation of the forward pass takes between microseconds and milliseconds, so that its threads must begin
/// without being made: helpers look out for work for a moment before they sleep. Which thread does which part decides no
/// result.
///
/// Used by one thread at a time, which takes part in the work.
public final class Team {
  /// Number of threads, the caller's included.
  public let size: Int
  let shared: Shared

  /// A team of `size` threads; of one, the caller does everything.
  public init(_ size: Int) {
    self.size = max(1, size)
    shared = Shared(helpers: self.size - 1)
    for index in 1..<max(self.size, 1) {
      let shared = shared
      let thread = Thread { shared.help(index) }
      thread.name = "probe.team"
      thread.start()
    }
  }

  deinit { shared.dismiss() }

  /// Runs `body(0, worker) … body(count − 1, worker)`; `worker` is in `0..<size` and tells the threads apart.
  public func perform(_ count: Int, _ body: (_ part: Int, _ worker: Int) -> Void) {
    guard size > 1, count > 1 else {
      for part in 0..<count { body(part, 0) }
      return
    }
    withoutActuallyEscaping(body) { shared.perform(count, $0) }
  }

  /// Runs `body` over ranges that make up `0..<count`, of at least `least` elements where there are several.
  public func divide(_ count: Int, least: Int, _ body: (Range<Int>) -> Void) {
    // A few parts more than threads: one that is held up does not hold up all.
    let parts = size == 1 ? 1 : max(1, min(count / max(least, 1), 4 * size))
    perform(count > 0 ? parts : 0) { part, _ in body(count * part / parts..<count * (part + 1) / parts) }
  }
}

extension Team {
  /// What the threads of a team share.
  ///
  /// `@unchecked Sendable` because `work` and `count` are written only while no helper runs (`busy` is 0), and read by helpers
  /// only after they saw `round` change.
  final class Shared: @unchecked Sendable {
    private var work: ((Int, Int) -> Void)?
    private var count = 0
    let helpers: [Helper]
    private let round = Atomic<Int>(0)
    private let taken = Atomic<Int>(0)
    private let front = Atomic<Int>(0)
    private let back = Atomic<Int>(0)
    private let busy = Atomic<Int>(0)
    private let isDismissed = Atomic<Bool>(false)

    final class Helper: Sendable {
      let isAsleep = Atomic<Bool>(false)
      let bell = DispatchSemaphore(value: 0)
    }

    /// How often a thread looks before it sleeps or lets others run: some tens of microseconds.
    private static let patience = 2000

    init(helpers: Int) { self.helpers = (0..<helpers).map { _ in Helper() } }

    func perform(_ count: Int, _ body: @escaping (Int, Int) -> Void) {
      (work, self.count) = (body, count)
      taken.store(0, ordering: .relaxed)
      front.store(0, ordering: .relaxed)
      back.store(0, ordering: .relaxed)
      busy.store(helpers.count, ordering: .relaxed)
      beginRound()
      take(worker: 0, body, count)
      var looks = 0
      while busy.load(ordering: .acquiring) > 0 {
        probe_pause()
        looks += 1
        if looks > Self.patience { sched_yield() }
      }
      work = nil
    }

    func dismiss() {
      isDismissed.store(true, ordering: .relaxed)
      beginRound()
    }

    func help(_ worker: Int) {
      let helper = helpers[worker - 1]
      var seen = 0
      while true {
        let now = wait(helper, after: seen)
        // A bell may be rung late, for a round that this helper saw without it: doing that twice would end the operation
        // while others are at work.
        guard now != seen || isDismissed.load(ordering: .relaxed) else { continue }
        seen = now
        if isDismissed.load(ordering: .relaxed) { return }
        if let work { take(worker: worker, work, count) }
        busy.subtract(1, ordering: .acquiringAndReleasing)
      }
    }

    /// Half of the threads come from the front and half from the back, so that neighbouring parts, which often share what
    /// they read, go to the same thread.
    private func take(worker: Int, _ body: (Int, Int) -> Void, _ count: Int) {
      while taken.add(1, ordering: .relaxed).oldValue < count {
        if worker.isMultiple(of: 2) {
          body(front.add(1, ordering: .relaxed).oldValue, worker)
        } else {
          body(count - 1 - back.add(1, ordering: .relaxed).oldValue, worker)
        }
      }
    }

    private func beginRound() {
      round.add(1, ordering: .sequentiallyConsistent)
      for helper in helpers where helper.isAsleep.exchange(false, ordering: .sequentiallyConsistent) {
        helper.bell.signal()
      }
    }

    /// The number of the round that follows `seen`.
    private func wait(_ helper: Helper, after seen: Int) -> Int {
      for _ in 0..<Self.patience {
        let now = round.load(ordering: .acquiring)
        if now != seen { return now }
        probe_pause()
      }
      helper.isAsleep.store(true, ordering: .sequentiallyConsistent)
      let now = round.load(ordering: .sequentiallyConsistent)
      // Whoever takes the flag down decides: a bell that was rung must be heard.
      if now != seen, helper.isAsleep.exchange(false, ordering: .sequentiallyConsistent) { return now }
      helper.bell.wait()
      return round.load(ordering: .acquiring)
    }
  }
}
