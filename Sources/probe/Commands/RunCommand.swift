import ArgumentParser
import ProbeAnalysis
import ProbeModel

/// `probe run`: prompts, with and without interventions.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run prompts with interventions: next tokens, generated text, patching sweeps.",
    discussion: """
      TARGET is POINT[@POSITIONS][#HEADS]: a hook point, glob or range; positions such as -1 (the last), 0,2..4 or 5..; \
      heads such as 3 or 0..5. DIRECTION is FILE.json (a vector), "text" or "text" - "other text" (activations at the \
      last token). Options may be repeated; the order is that of the list below. Examples:
        probe run smollm2-135m --prompt 'The capital of France is' --answer ' Paris' --against ' Rome' \
      --source 'The capital of Italy is' --patch 'resid_post.12@-1'
        probe run smollm2-135m --prompt 'I think that you' --steer 'resid_post.8=4*"love" - "hate"' --generate 20
        probe run smollm2-135m --prompt 'The capital of France is' --answer ' Paris' --against ' Rome' \
      --source 'The capital of Italy is' --sweep attn.z
      """)

  @Argument(help: "A model by name or path.")
  var model: String
  @Option(parsing: .unconditionalSingleValue, help: "A prompt.")
  var prompt: [String] = []
  @Option(
    parsing: .unconditionalSingleValue,
    help: "The prompt that patched activations come from: one for all prompts, or one for each.")
  var source: [String] = []
  @Option(
    parsing: .unconditionalSingleValue,
    help: "A prompt that means go over; without any the sources, else the prompts themselves.")
  var reference: [String] = []
  @Option(
    help: ArgumentHelp("Freeze attention patterns to the source's.", valueName: "LAYERS[@POSITIONS][#HEADS]"))
  var freezePatterns: [String] = []
  @Option(help: ArgumentHelp("Take activations from the source, position by position.", valueName: "TARGET"))
  var patch: [String] = []
  @Option(help: ArgumentHelp("Set activations to their mean over all positions.", valueName: "TARGET"))
  var mean: [String] = []
  @Option(help: ArgumentHelp("Set activations to zero.", valueName: "TARGET"))
  var zero: [String] = []
  @Option(help: ArgumentHelp("Remove a direction.", valueName: "TARGET=DIRECTION"))
  var projectOut: [String] = []
  @Option(help: ArgumentHelp("Add a vector.", valueName: "TARGET=[COEFFICIENT*]DIRECTION"))
  var steer: [String] = []
  @Option(parsing: .unconditional, help: "A continuation whose first token is followed.")
  var answer: String?
  @Option(
    parsing: .unconditional, help: "A continuation that the answer's logit is compared with.")
  var against: String?
  @OptionGroup var generation: GenerationOptions
  @OptionGroup var sweep: SweepOptions
  @Option(help: "How many next tokens to print.")
  var top = 5
  @Option(help: "How a prompt is put to the model: raw, chatml.")
  var chat: ChatFormat = .raw
  @Option(help: "What stands before a prompt: tokenizer, bos, none.")
  var sentinel: Tokenizer.Sentinel = .tokenizer
  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    guard !prompt.isEmpty else { throw ValidationError("Give at least one --prompt.") }
    guard (1...1000).contains(top) else {
      throw ValidationError("--top: expected 1 to 1000, found \(top).")
    }
    guard source.count <= 1 || source.count == prompt.count else {
      throw ValidationError(
        "--source: \(source.count) for \(prompt.count) prompts. Give one for all, or one for each.")
    }
    guard !source.isEmpty || (patch.isEmpty && freezePatterns.isEmpty) else {
      throw ValidationError("--patch and --freeze-patterns take activations from a --source: give one.")
    }
    guard answer != nil || against == nil else {
      throw ValidationError("--against is compared with an --answer: give one.")
    }
    let interventions = try interventions()
    guard sweep.sweep != nil else { return }
    guard !source.isEmpty, answer != nil, against != nil else {
      throw ValidationError("--sweep needs a --source, an --answer and an --against: give them.")
    }
    guard interventions.isEmpty, reference.isEmpty, generation.generate == nil else {
      throw ValidationError(
        "--sweep does its own patching, one at a time: leave out interventions, --reference and --generate.")
    }
  }

  func run() throws {
    let model = try HookedTransformer.open(ModelLocator.path(of: model))
    if let site = sweep.sweep {
      let outcome = try promptSweep(site).outcome(on: model)
      try print(outcome) { PromptSweepText($0, showsChanges: sweep.changes).text }
    } else {
      try print(promptRun().outcome(on: model)) { PromptRunText($0).text }
    }
  }

  private func print<Outcome: Encodable>(_ outcome: Outcome, text: (Outcome) -> String) throws {
    if json { try Terminal.output(json: outcome) } else { Terminal.output(text(outcome)) }
  }

  private func promptRun() throws -> PromptRun {
    var run = PromptRun(prompt)
    (run.sources, run.references, run.interventions) = (source, reference, try interventions())
    (run.answer, run.against, run.top) = (answer, against, top)
    (run.chat, run.sentinel, run.generation) = (chat, sentinel, try generation.settings())
    return run
  }

  private func promptSweep(_ site: String) -> PromptSweep {
    var run = PromptSweep(site, prompts: prompt, sources: source)
    (run.answer, run.against, run.places) = (answer ?? "", against ?? "", sweep.over)
    (run.chat, run.sentinel) = (chat, sentinel)
    return run
  }

  /// What the flags ask for, in the order that the help states.
  private func interventions() throws -> [Intervention] {
    try read("--freeze-patterns", freezePatterns) { try Intervention(freezingPatterns: $0) }
      + read("--patch", patch) { Intervention(.patch, at: try HookTarget(parsing: $0)) }
      + read("--mean", mean) { Intervention(.mean, at: try HookTarget(parsing: $0)) }
      + read("--zero", zero) { Intervention(.zero, at: try HookTarget(parsing: $0)) }
      + read("--project-out", projectOut) { try Intervention(projectingOut: $0) }
      + read("--steer", steer) { try Intervention(steering: $0) }
  }

  private func read(
    _ flag: String, _ texts: [String], _ parse: (String) throws -> Intervention
  ) throws -> [Intervention] {
    do { return try texts.map(parse) } catch { throw ValidationError("\(flag): \(error)") }
  }
}
