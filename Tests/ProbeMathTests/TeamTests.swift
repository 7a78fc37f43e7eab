import Glibc
import Synchronization
import Testing

@testable import ProbeMath

@Suite struct TeamTests {
  @Test(arguments: [1, 2, 3, 8])
  func everyPartIsDoneOnce(_ threads: Int) {
    let team = Team(threads)
    // Often enough that helpers are met awake, asleep and on the way there.
    for count in (0..<300).map({ $0 % 37 }) {
      let done = (0..<count).map { _ in Counter() }
      team.perform(count) { part, worker in
        if worker < 0 || worker >= threads { Issue.record("worker \(worker)") }
        done[part].value.add(1, ordering: .relaxed)
      }
      if !done.allSatisfy({ $0.value.load(ordering: .relaxed) == 1 }) { Issue.record("of \(count) parts") }
    }
  }

  @Test func whatPartsWroteIsSeenAfterwards() {
    let (team, sums) = (Team(2), UnsafeMutablePointer<Int>.allocate(capacity: 64))
    defer { sums.deallocate() }
    sums.initialize(repeating: 0, count: 64)
    for _ in 0..<2000 { team.perform(64) { part, _ in sums[part] += part } }
    #expect((0..<64).allSatisfy { sums[$0] == 2000 * $0 })
  }

  @Test(arguments: [0, 1, 5, 64, 1000], [1, 7, 100])
  func dividedRangesMakeUpTheWhole(_ count: Int, _ least: Int) {
    for threads in 1...3 {
      let seen = (0..<count).map { _ in Counter() }
      Team(threads).divide(count, least: least) { range in
        for index in range { seen[index].value.add(1, ordering: .relaxed) }
      }
      #expect(seen.allSatisfy { $0.value.load(ordering: .relaxed) == 1 })
    }
  }

  /// The caller may be held up between the beginning of a round and a bell: by then the helper did the round awake, and
  /// sleeps. Waking it must not count it as done twice, or the operation ends while others are at work.
  @Test func aBellThatIsRungLateEndsNoRound() {
    let team = Team(3)
    let early = team.shared.helpers[0]
    let (arrived, done) = (Counter(), Counter())
    func wait(_ condition: () -> Bool) { while !condition() { sched_yield() } }
    team.shared.perform(3) { _, worker in
      // A part each.
      arrived.value.add(1, ordering: .relaxed)
      wait { arrived.value.load(ordering: .relaxed) == 3 }
      switch worker {
      case 0:
        // As it begins a round: the flag down, then the bell.
        wait { early.isAsleep.exchange(false, ordering: .sequentiallyConsistent) }
        early.bell.signal()
        wait { early.isAsleep.load(ordering: .relaxed) }
      case 1: break
      default:
        // Long enough for a caller that does not wait for it to be gone; one that does is never early.
        wait { early.isAsleep.load(ordering: .relaxed) }
        usleep(100_000)
        done.value.store(1, ordering: .relaxed)
      }
    }
    #expect(done.value.load(ordering: .relaxed) == 1)
  }

  private final class Counter: Sendable {
    let value = Atomic<Int>(0)
  }
}
