import Foundation

extension Export {
  /// Where the activations come from, as texts: the model and its digests, the settings of the capture, and for each
  /// example its labels and its group as JSON lists in the order of the examples.
  var metadata: [String: String] {
    var metadata = [
      "producer": "probe", "capture": capture.name, "model": capture.modelName,
      "architecture": capture.architecture, "weights_sha256": capture.weightsDigest,
      "corpus": (capture.corpusPath as NSString).lastPathComponent, "corpus_sha256": capture.corpusDigest,
      "positions": capture.settings.positions.rawValue, "dtype": capture.settings.dtype.rawValue,
      "sentinel": capture.settings.sentinel.rawValue, "chat": capture.settings.chat.rawValue,
      "pieces": capture.settings.pieces.rawValue,
      "overflow": capture.settings.overflow.rawValue, "numerics_version": "\(capture.numericsVersion)",
    ]
    metadata["tokenizer_sha256"] = capture.tokenizerDigest
    // Labels lie in the store as JSON objects: a list of them needs no parsing.
    metadata["labels"] = "[\(examples.map { $0.labels }.joined(separator: ","))]"
    metadata["groups"] =
      "[\(examples.map { $0.group.map { JSONText.quoted($0) } ?? "null" }.joined(separator: ","))]"
    return metadata
  }

  /// The examples' keys as a JSON list.
  var keyList: String { "[\(examples.map { JSONText.quoted($0.key) }.joined(separator: ","))]" }
}

/// JSON of texts, for headers that are written by hand.
enum JSONText {
  /// A text as a JSON string: quotes, backslashes and control characters escaped, everything else as it is.
  static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      case _ where scalar.value < 0x20:
        quoted += "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }

  /// An object of texts, in the order of its keys.
  static func object(_ members: [String: String]) -> String {
    let sorted = members.sorted { $0.key < $1.key }
    return "{\(sorted.map { "\(quoted($0.key)):\(quoted($0.value))" }.joined(separator: ","))}"
  }
}
