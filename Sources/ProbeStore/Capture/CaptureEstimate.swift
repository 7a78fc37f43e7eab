import Foundation
import ProbeMath
import ProbeModel

/// What a run of a capture will take, known before it begins: tokens, bytes, memory, time.
///
/// Tokens and bytes are exact, except that ragged points count every token as if it saw its whole sequence. Memory and
/// time follow from what the run will do:
///
///     memory  = what the process holds already (program, weights, tokenizer, corpus, plan)
///               + threads × scratch of a forward pass over the largest batch
///               + (threads + 2) × bytes of the largest batch, which wait to be written
///     seconds = operations of the products ÷ their rate on this machine × (1 + rest) + bytes ÷ rate of writing
///
/// with the batches on the threads as they will be handed out. The rate of products is measured on one like the model's
/// for some hundredths of a second, by the threads' own clocks: it is the rate of a machine that does nothing else.
///
/// Measured with SmolLM2-135M and all-MiniLM-L6-v2 (docs/clusters.md has the table): seconds between 0.87 and 1.19 of the
/// processor time that the threads took, memory between 0.87 and 1.06 of the largest resident set.
public struct CaptureEstimate: Sendable, Equatable {
  /// Tokens that have to be computed.
  public let tokens: Int
  /// Rows that have to be written, of all points together.
  public let rows: Int
  /// Bytes of scalars of the whole capture.
  public let bytes: Int
  /// How many of them are in the store already.
  public let bytesPresent: Int
  /// Floating-point operations of the products, a multiply-add being two.
  public let operations: Double
  /// Bytes of memory.
  public let memory: Memory
  /// Seconds from the first batch to the last.
  public let seconds: Double

  /// Bytes of memory by what takes it.
  public struct Memory: Sendable, Equatable {
    /// What the process held when it was asked.
    public let held: Int
    /// Scratch of the forward passes.
    public let workspaces: Int
    /// Encoded rows on their way to the disk.
    public let staging: Int

    /// All of it.
    public var total: Int { held + workspaces + staging }
  }

  /// Bytes that have to be written.
  public var bytesToWrite: Int { bytes - bytesPresent }
}

/// The machine as an estimate sees it; tests give their own.
public struct CaptureMachine: Sendable {
  /// Threads that compute.
  let threads: Int
  /// Floating-point operations a second of all threads.
  let productRate: Double
  /// Bytes of memory that the process holds.
  let memoryHeld: Int

  /// Everything but the products (norms, softmax, activations, rotary positions, encoding), as a share of their time.
  static let rest = 0.2
  /// Bytes a second that a thread encodes, checks and writes to the disk.
  static let writeRate = 5e8

  init(threads: Int, productRate: Double, memoryHeld: Int) {
    precondition(threads > 0 && productRate > 0, "CaptureMachine: \(threads) threads, \(productRate)")
    (self.threads, self.productRate, self.memoryHeld) = (threads, productRate, memoryHeld)
  }

  /// This machine: measures products like those of `config` for some hundredths of a second.
  public init(for config: TransformerConfig, threads: Int = availableProcessors) {
    // The largest product of a block, at most as large as some megabytes: larger ones are as fast.
    let shape = config.productShapes(logits: false).max { $0.inputs * $0.outputs < $1.inputs * $1.outputs }
    let inputs = min(max(shape?.inputs ?? 1, 1), 4_096)
    let outputs = min(max(shape?.outputs ?? 1, 1), max(1, (1 << 21) / inputs))
    self.init(
      threads: threads,
      productRate: ProductRate.packed(
        ProductShape(rows: 256, inputs: inputs, outputs: outputs), threads: threads, seconds: 0.01),
      memoryHeld: Self.residentBytes())
  }

  /// Bytes of this process that are in memory: `VmRSS` of proc(5); 0 where that cannot be read.
  static func residentBytes() -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    return line?.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) }.map { $0 << 10 } ?? 0
  }
}

extension Capture {
  /// What running this capture will take.
  ///
  /// - Parameters:
  ///   - config: of the model.
  ///   - store: where it will be written, to leave out what is there already; nil for a new store.
  ///   - machine: how fast products are, and what is held already; not asked when there is nothing to do.
  /// - Throws: ``StoreError`` when the store cannot be read.
  public func estimate(
    _ config: TransformerConfig, in store: ActivationStore?, on machine: @autoclosure () -> CaptureMachine
  ) throws -> CaptureEstimate {
    let record = try store?.capture(identity)
    let done = request.points.map { record?.point($0.point)?.batchesDone ?? 0 }
    guard done.contains(where: { $0 < plan.batches.count }) else {
      return CaptureEstimate(
        tokens: 0, rows: 0, bytes: estimatedBytes, bytesPresent: estimatedBytes, operations: 0,
        memory: CaptureEstimate.Memory(held: CaptureMachine.residentBytes(), workspaces: 0, staging: 0),
        seconds: 0)
    }
    let machine = machine()
    var (tokens, rows, written, staged, scratch, operations) = (0, 0, 0, 0, 0, 0.0)
    var threads = [Double](repeating: 0, count: machine.threads)
    for (index, batch) in plan.batches.enumerated() where done.contains(where: { $0 <= index }) {
      let missing = request.points.indices.filter { done[$0] <= index }.map { request.points[$0] }
      let lengths = batch.sequences.map { plan.sequences[$0].ids.count }
      let points = Set(missing.map { $0.point })
      let bytes = byteCount(of: missing, batch)
      let work = config.operations(lengths: lengths, observing: points)
      tokens += batch.tokenCount
      rows += batch.rowCount * missing.count
      written += bytes
      operations += work
      staged = max(staged, bytes)
      scratch = max(scratch, config.workspaceBytes(lengths: lengths, observing: points))
      // The next batch goes to the thread that is free first.
      let free = threads.indices.min { threads[$0] < threads[$1] } ?? 0
      threads[free] += work * (1 + CaptureMachine.rest) / machine.productRate * Double(machine.threads)
    }
    let busy = threads.count { $0 > 0 }
    return CaptureEstimate(
      tokens: tokens, rows: rows, bytes: estimatedBytes, bytesPresent: max(0, estimatedBytes - written),
      operations: operations,
      memory: CaptureEstimate.Memory(
        held: machine.memoryHeld, workspaces: busy * scratch, staging: (busy + 2) * staged),
      seconds: (threads.max() ?? 0) + Double(written) / CaptureMachine.writeRate)
  }

  /// Bytes of a batch's scalars; of ragged points as if every token saw its whole sequence.
  private func byteCount(of points: [RequestedPoint], _ batch: CapturePlan.Batch) -> Int {
    let keys = batch.sequences.reduce(0) { $0 + plan.sequences[$1].rowCount * plan.sequences[$1].ids.count }
    return points.reduce(0) { sum, point in
      sum + point.shape.reduce(1, *) * (point.point.site.isRagged ? keys : batch.rowCount)
    } * identity.settings.dtype.byteCount
  }
}
