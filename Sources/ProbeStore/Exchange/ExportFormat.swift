/// A file format that activations can be exported to.
///
/// A new format is one type that conforms, in a file of its own, and one line in ``ExportFormats/all``.
public protocol ExportFormat: Sendable {
  /// What it is called on the command line; also the ending of its files.
  static var name: String { get }
  /// One line for `--help` and the docs.
  static var summary: String { get }

  /// Refuses what the format cannot hold, before anything is written.
  ///
  /// - Throws: ``StoreError`` `.badInput` naming `path`.
  static func check(_ export: Export, path: String) throws

  /// Writes everything.
  ///
  /// - Throws: ``StoreError``.
  static func write(_ export: Export, to output: ExportOutput) throws
}

extension ExportFormat {
  /// Holds everything.
  public static func check(_ export: Export, path: String) throws {}
}

/// The formats there are.
public enum ExportFormats {
  /// Every format; a new one is one line here.
  public static let all: [any ExportFormat.Type] = [SafetensorsExport.self, NPZExport.self, CSVExport.self]

  /// The names, in order.
  public static var names: [String] { all.map { $0.name } }

  /// The format of this name, or nil.
  public static func named(_ name: String) -> (any ExportFormat.Type)? { all.first { $0.name == name } }

  /// The format that a file's ending says, or nil.
  public static func of(file: String) -> (any ExportFormat.Type)? {
    all.first { file.lowercased().hasSuffix(".\($0.name)") }
  }
}
