import ProbeMath

/// A model with float32 parameters and an analytic gradient, over the items of one training part.
///
/// Items are numbered from 0. Not for several threads: each has a workspace.
protocol TrainableNetwork: AnyObject, SendableMetatype {
  var parameterCount: Int { get }
  /// Parameters that weight decay pulls towards 0: weights, not biases.
  var penalised: [Range<Int>] { get }
  /// The point to start from.
  func initialize(_ parameters: UnsafeMutablePointer<Float>, _ stream: inout RandomStream)
  /// (1/n) Σ w (−ln p(y)) over a batch; writes its gradient where one is asked for.
  func evaluate(
    _ batch: ArraySlice<Int>, at parameters: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>?
  ) -> Double
}

/// Minimises a network's loss by ``Adam`` over shuffled batches.
///
/// Training goes in rounds: once through the items, or ``leastSteps`` steps where they are few.
struct NetworkTrainer {
  static let rate: Float = 1e-3
  static let leastSteps = 20
  static let mostRounds = 40
  /// Rounds without a lower held-out loss, after which training stops.
  static let patience = 5

  let decay: Float
  let batchSize: Int

  init(items: Int, decay: Float) {
    self.decay = decay
    batchSize = items >= 4096 ? 256 : items >= 512 ? 64 : 16
  }

  /// Trains on `items` for some rounds.
  ///
  /// - Parameter goesOn: asked after each round, with the parameters.
  func train(
    _ network: some TrainableNetwork, on items: [Int], rounds: Int, _ stream: RandomStream,
    goesOn: (UnsafePointer<Float>) -> Bool = { _ in true }
  ) -> [Float] {
    var stream = stream
    let parameters = FloatBuffer(count: network.parameterCount)
    let gradient = FloatBuffer(count: network.parameterCount)
    network.initialize(parameters.pointer, &stream)
    var optimizer = Adam(parameterCount: network.parameterCount, rate: Self.rate)
    let batches = max(1, (items.count + batchSize - 1) / batchSize)
    var order = items
    var next = batches
    for _ in 0..<rounds {
      for _ in 0..<max(batches, Self.leastSteps) {
        if next == batches {
          order.shuffle(using: &stream)
          next = 0
        }
        // Batches of equal size: a small last one would be a noisy step of the same length.
        let batch = order[items.count * next / batches..<items.count * (next + 1) / batches]
        _ = network.evaluate(batch, at: parameters.pointer, gradient: gradient.pointer)
        optimizer.step(parameters.pointer, gradient.pointer, decay: decay, penalised: network.penalised)
        next += 1
      }
      if !goesOn(parameters.pointer) { break }
    }
    return Array(UnsafeBufferPointer(start: parameters.pointer, count: parameters.count))
  }

  /// The held-out loss after each round, until it has not fallen for ``patience`` rounds.
  func heldOutLosses(
    _ network: some TrainableNetwork, inside: [Int], outside: [Int], _ stream: RandomStream
  ) -> [Double] {
    var losses: [Double] = []
    var best = 0
    _ = train(network, on: inside, rounds: Self.mostRounds, stream) { parameters in
      losses.append(network.evaluate(outside[...], at: parameters, gradient: nil))
      if losses[losses.count - 1] < losses[best] { best = losses.count - 1 }
      return losses[losses.count - 1].isFinite && losses.count - 1 - best < Self.patience
    }
    return losses
  }
}

/// Which weight decay and how many rounds: those with the lowest loss on held-out folds.
struct NetworkChoice: Sendable, Codable, Equatable {
  /// At most this many folds are held out.
  static let mostFolds = 3
  static let decays: [Float] = [0.01, 1]
  /// Rounds where there is no fold to stop by.
  static let blindRounds = 10

  /// The weight decay.
  let decay: Float
  /// Rounds of training.
  let rounds: Int
  /// Mean over folds of the lowest held-out loss, by decay; empty without folds.
  let losses: [Double]

  /// Chooses for items of the given folds. `network` gets the items that a fold trains on.
  init<Network: TrainableNetwork>(
    folds: [Int], seed: UInt64, name: String, network: @Sendable ([Int]) -> Network
  ) {
    let parts = TrainingItems.parts(Array(folds.indices), folds).prefix(Self.mostFolds)
    guard !parts.isEmpty else {
      (decay, rounds, losses) = (Self.decays[0], Self.blindRounds, [])
      return
    }
    let decays = Self.decays
    let paths = concurrently(parts.count * decays.count) { index in
      let (part, decay) = (parts[index / decays.count], decays[index % decays.count])
      return NetworkTrainer(items: part.inside.count, decay: decay).heldOutLosses(
        network(part.inside), inside: part.inside, outside: part.outside,
        RandomStream(seed: seed, name, "fold-\(part.fold)"))
    }
    let lowest = paths.map { path in path.indices.min { path[$0] < path[$1] } ?? 0 }
    func mean(_ decay: Int, _ value: (Int) -> Double) -> Double {
      parts.indices.reduce(0) { $0 + value($1 * decays.count + decay) } / Double(parts.count)
    }
    let losses = decays.indices.map { decay in mean(decay) { paths[$0][lowest[$0]] } }
    let best = decays.indices.min { losses[$0] < losses[$1] } ?? 0
    decay = decays[best]
    rounds = max(1, Int(mean(best) { Double(lowest[$0] + 1) }.rounded()))
    self.losses = losses
  }

  /// What was chosen, in words.
  var notes: [String] {
    guard !losses.isEmpty else { return [TrainingItems.noFolds] }
    var notes = ["weight decay \(decay) and \(rounds) rounds of training, chosen on held-out folds"]
    if rounds >= NetworkTrainer.mostRounds - 1 {
      notes.append(
        "the held-out loss still fell after \(NetworkTrainer.mostRounds) rounds: training stopped there")
    }
    return notes
  }
}
