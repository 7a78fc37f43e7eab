import ProbeModel

extension ActivationStore {
  /// The capture that a person means: by number, by name, or the only one there is.
  ///
  /// - Parameter text: a capture's number or name; nil for the only one.
  /// - Throws: ``StoreError`` `.missing`, which lists the captures there are, when none or several fit.
  public func capture(_ text: String?) throws -> CaptureRecord {
    let all = try captures()
    guard let text else {
      if all.count == 1 { return all[0] }
      throw choiceError(all.isEmpty ? "holds no capture" : "holds \(all.count) captures", all)
    }
    if let number = Int64(text), let capture = all.first(where: { $0.id == number }) { return capture }
    let named = all.filter { $0.name == text }
    if named.count == 1 { return named[0] }
    throw choiceError(
      named.isEmpty
        ? "holds no capture \"\(text)\"" : "holds \(named.count) captures with the name \"\(text)\"",
      named.isEmpty ? all : named)
  }

  /// An error that lists captures to choose from.
  private func choiceError(_ problem: String, _ captures: [CaptureRecord]) -> StoreError {
    let list = captures.map { $0.summary }.joined(separator: "; ")
    return StoreError(
      .missing, at: path, problem, advice: captures.isEmpty ? "" : "Choose one by its number: \(list)")
  }
}

extension CaptureRecord {
  /// `3 "capitals" (smollm2-135m, capitals.jsonl, last, float16)`: what tells captures of one store apart.
  public var summary: String {
    let corpus = corpusPath.split(separator: "/").last.map { String($0) } ?? "a corpus in memory"
    return
      "\(id) \"\(name)\" (\(modelName), \(corpus), \(settings.positions.rawValue), \(settings.dtype.rawValue))"
  }
}
