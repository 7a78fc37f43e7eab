import ArgumentParser
import Foundation
import ProbeAnalysis
import ProbeMath
import ProbeModel
import ProbeStore
import ProbeSyntax

/// `probe capture`: runs the model over the corpus and keeps its activations.
struct CaptureCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "capture",
    abstract: "Run a model over a corpus and keep its activations in a store.",
    discussion: """
      The settings come from a spec, or from flags alone. The same command again does nothing, or goes on where it was \
      stopped. The store is .probe/NAME.sqlite unless --store says otherwise.
      """)

  @Argument(help: "The experiment spec (YAML or JSON).")
  var spec: String?
  @Option(help: "A model by name or path, instead of the spec's.")
  var model: String?
  @Option(help: "A corpus (JSONL, CSV, TSV; - for standard input), instead of the spec's.")
  var corpus: String?
  @Option(parsing: .upToNextOption, help: "Hook points: names, globs, ranges; instead of the spec's.")
  var points: [String] = []
  @Option(help: "Positions to keep: all, last, labelled, mean, a list such as 0,5,-1, or every:N.")
  var positions: Positions?
  @Option(help: "Scalar type in the store: float32, float16, bfloat16.")
  var dtype: ScalarType?
  @Option(help: "What stands before a text: tokenizer, bos, none.")
  var sentinel: Tokenizer.Sentinel?
  @Option(help: "How a text is put to the model: raw, chatml.")
  var chat: ChatFormat?
  @Option(help: "Parse the texts, so that leaves become spans: python, javascript, go, java, c, rust.")
  var parse: String?
  @Option(help: "How a text is tokenized around its spans labelled leaf: whole, cut, alone.")
  var pieces: Pieces?
  @Option(help: "A text beyond the context: error, truncate, skip.")
  var overflow: OverflowPolicy?
  @Flag(help: "Compute examples of the same tokens once.")
  var deduplicate = false
  @Option(help: "Refuses to capture more bytes of activations, such as 500MB or 2GiB.")
  var maxBytes: ByteCount?
  @Option(help: "Keep as many examples as --max-bytes allows, drawn with this seed.")
  var subsample: UInt64?
  @Option(
    help: ArgumentHelp(
      "Capture one of N parts, into a store of its own: I/N from 0, or auto/N in a job array.",
      valueName: "i/n"))
  var shard: String?
  @Option(help: "The store's path.")
  var store: String?
  @Option(help: "Names the store and the capture.")
  var name: String?
  @Flag(help: "Print what would be done, and stop.")
  var dryRun = false

  func validate() throws {
    guard spec != nil || (model != nil && corpus != nil && !points.isEmpty) else {
      throw ValidationError(
        "Give a spec, or --model, --corpus and --points, for example 'blocks.*.hook_resid_post'.")
    }
    guard positions != .pooled else {
      throw ValidationError("--positions: pooled activations are imported, not captured.")
    }
    do {
      _ = try choice()
    } catch {
      throw ValidationError(error.description)
    }
    // It becomes a file's name and a part of expectations.
    if let name { try checkName(name, option: "--name") }
  }

  /// The part that is asked for, as the environment says where it is left to it.
  fileprivate func choice() throws(StoreError) -> ShardChoice? {
    guard let shard else { return nil }
    return try ShardChoice(shard, environment: ProcessInfo.processInfo.environment)
  }

  func run() throws {
    let job = try CaptureJob(self)
    // A model that is not there is better known before the first capture than after it.
    for model in job.models { try model.path() }
    let corpus = try job.readCorpus()
    if !dryRun { Interruption.listen() }
    for (index, source) in job.models.enumerated() {
      let (capture, config) = try plan(source, corpus, job)
      announce(capture, job, source: job.models.count > 1 ? source : nil)
      announce(try capture.estimate(config, in: job.existingStore(), on: CaptureMachine(for: config)))
      if index == 0, !corpus.ignoredFields.isEmpty {
        // A misspelt field would be missed only when the analysis finds no label.
        Terminal.message(
          "fields of the corpus that mean nothing here: \(corpus.ignoredFields.joined(separator: ", "))")
      }
      if !dryRun { try run(capture, job) }
    }
  }

  private func plan(_ source: ModelSource, _ corpus: Corpus, _ job: CaptureJob) throws
    -> (Capture, TransformerConfig)
  {
    let model = try source.open()
    let points: [HookPoint]
    do throws(ModelError) {
      points = try PointSelector.select(job.points, from: model.hookPoints)
    } catch {
      // Of several models it matters which one lacks a point.
      guard job.models.count > 1 else { throw error }
      throw ModelError(
        error.reason, at: "\(source): \(error.location)", error.problem, advice: error.advice)
    }
    let capture = try Capture(
      model: model, corpus: corpus, points: points, settings: job.settings, shard: job.shard?.shard,
      name: job.name,
      spec: job.text)
    return (capture, model.config)
  }

  private func run(_ capture: Capture, _ job: CaptureJob) throws {
    let outcome = try StoreLocation.withStore(job.store) { store in
      try capture.run(
        into: store, progress: { Terminal.show($0) }, shouldStop: { Interruption.isRequested })
    }
    if outcome.chunksRepaired > 0 {
      Terminal.message("\(outcome.chunksRepaired) damaged chunks were computed anew")
    }
    guard outcome.tokensComputed > 0 else {
      Terminal.message("\(job.store) holds all of it: nothing to do")
      return
    }
    let rate = Double(outcome.tokensComputed) / max(outcome.seconds, 1e-9)
    Terminal.message(
      "\(Terminal.count(outcome.tokensComputed)) tokens in \(Terminal.duration(outcome.seconds)) "
        + "(\(Terminal.count(Int(rate))) tokens/s), \(Terminal.bytes(outcome.bytesWritten)) written to \(job.store)"
    )
  }

  private func announce(_ estimate: CaptureEstimate) {
    guard estimate.tokens > 0 else {
      if dryRun { Terminal.message("to do: nothing, all of it is there already") }
      return
    }
    let present =
      estimate.bytesPresent > 0 ? " (\(Terminal.bytes(estimate.bytesPresent)) are there already)" : ""
    Terminal.message(
      "to do: \(Terminal.count(estimate.tokens)) tokens, \(Terminal.bytes(estimate.bytesToWrite)) to write\(present), "
        + "in about \(Terminal.duration(estimate.seconds)) with \(Terminal.bytes(estimate.memory.total)) of memory"
    )
  }

  private func announce(_ capture: Capture, _ job: CaptureJob, source: ModelSource?) {
    if let shard = job.shard {
      Terminal.message(
        "part \(shard.shard.rawValue)" + (shard.variable.map { ", as \($0) says" } ?? "")
          + ": \(capture.plan.batches.count) batch\(capture.plan.batches.count == 1 ? "" : "es")")
    }
    let name = source.map { "\(job.name), \($0)" } ?? job.name
    Terminal.message(
      "\(name): \(Terminal.count(capture.plan.sequences.count)) sequences, "
        + "\(Terminal.count(capture.plan.tokenCount)) tokens, \(capture.points.count) hook point\(capture.points.count == 1 ? "" : "s"), "
        + "\(Terminal.count(capture.plan.rowCount)) rows each, \(Terminal.bytes(capture.estimatedBytes)) "
        + "of activations into \(job.store)")
    if !capture.plan.skipped.isEmpty {
      Terminal.message("skipped \(capture.plan.skipped.count) examples longer than the context")
    }
    if capture.plan.truncatedCount > 0 {
      Terminal.message("cut the end of \(capture.plan.truncatedCount) examples longer than the context")
    }
    if let subsample = capture.plan.subsample {
      Terminal.message(
        "kept \(subsample.count) examples, drawn with seed \(subsample.seed): more would not fit")
    }
    if capture.plan.copyCount > 0 {
      Terminal.message("\(capture.plan.copyCount) examples have the tokens of another and are not computed")
    }
    if capture.plan.absentPositions > 0 {
      Terminal.message(
        "\(capture.plan.absentPositions) listed positions are beyond the end of their sequence")
    }
    if capture.plan.unalignedSpans > 0 {
      Terminal.message("\(capture.plan.unalignedSpans) labelled spans share no byte with any token")
    }
  }
}

/// The settings of a capture, from a spec, from flags, or from a spec changed by flags.
private struct CaptureJob {
  let name: String
  /// The one that is asked about first.
  let models: [ModelSource]
  let corpus: String
  let points: [PointSelector]
  let settings: CaptureSettings
  let parse: SourceLanguage?
  let shard: ShardChoice?
  let store: String
  let text: String

  init(_ command: CaptureCommand) throws {
    let spec = try command.spec.map { try ExperimentSpec(file: $0) }
    // A model given beside the spec is captured alone: the spec's twins are not its own.
    models = command.model.map { [.checkpoint($0)] } ?? spec?.capturedModels.flatMap { $0.sources } ?? []
    guard !models.isEmpty, let corpus = command.corpus ?? spec?.corpus else {
      if let spec, spec.models.isEmpty {
        throw SpecError(
          .missingKey, at: spec.file, "the spec names no model and no corpus: there is nothing to capture",
          advice: "It is about activations that were imported: `probe store import`, then `probe analyze`")
      }
      throw ValidationError("Give a spec, or --model, --corpus and --points.")
    }
    points = command.points.isEmpty ? spec?.capture.points ?? [] : command.points.map { PointSelector($0) }
    parse = try command.parse.map { try SourceLanguages.named($0) } ?? spec?.capture.parse
    settings = command.changes(spec?.capture.settings ?? CaptureSettings())
    shard = try command.choice()
    guard settings.subsample == nil || settings.maximumBytes != nil else {
      throw ValidationError(
        "--subsample keeps as many examples as --max-bytes allows: give --max-bytes, too.")
    }
    name = command.name ?? spec?.name ?? "capture"
    self.corpus = corpus
    let store = command.store ?? StoreLocation.usual(name)
    self.store = shard?.path(of: store) ?? store
    text = spec?.text ?? ""
  }

  /// The corpus, its examples with leaves where they are parsed.
  func readCorpus() throws -> Corpus { try CaptureSpec(points: points, parse: parse).read(corpus) }

  /// The store if there is one that can be read; what is wrong with it shows when it is opened for writing.
  func existingStore() -> ActivationStore? { try? ActivationStore(store, for: .reading) }
}

extension CaptureCommand {
  /// A spec's settings, where no flag says otherwise.
  fileprivate func changes(_ settings: CaptureSettings) -> CaptureSettings {
    var changed = settings
    changed.positions = positions ?? settings.positions
    changed.dtype = dtype ?? settings.dtype
    changed.sentinel = sentinel ?? settings.sentinel
    changed.chat = chat ?? settings.chat
    changed.pieces = pieces ?? settings.pieces
    changed.overflow = overflow ?? settings.overflow
    changed.deduplicate = deduplicate || settings.deduplicate
    changed.maximumBytes = maxBytes?.bytes ?? settings.maximumBytes
    changed.subsample = subsample ?? settings.subsample
    return changed
  }
}

extension ByteCount: ExpressibleByArgument {
  /// Nil for what is no number of bytes.
  public init?(argument: String) {
    guard let count = try? ByteCount(argument, at: "") else { return nil }
    self = count
  }
}
extension Positions: ExpressibleByArgument {}
extension ScalarType: ExpressibleByArgument {}
extension Tokenizer.Sentinel: ExpressibleByArgument {}
extension ChatFormat: ExpressibleByArgument {}
extension Pieces: ExpressibleByArgument {}
extension OverflowPolicy: ExpressibleByArgument {}

/// Refuses a name that expectations and file names cannot hold.
func checkName(_ name: String, option: String) throws {
  let isName =
    !name.isEmpty
    && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") }
  guard isName else {
    throw ValidationError("\(option): \"\(name)\" is not a name: use letters, digits, _ and -.")
  }
}
