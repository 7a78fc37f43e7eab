import Foundation
import ProbeModel

/// A look at a shared library before the loader maps it: touching pages beyond the end of a file that was cut short
/// would end the process.
enum SharedObject {
  /// - Throws: ``GrammarError`` `.notFound`, `.unreadable`, or `.notALibrary` for what is no 64-bit little-endian ELF
  ///   file, or is shorter than its tables say (ELF-64 Object File Format, "ELF header" and "Sections").
  static func check(_ path: String) throws(GrammarError) {
    let file: MappedFile
    do throws(ModelError) {
      file = try MappedFile(path: path)
    } catch {
      guard error.reason == .corrupt else {
        throw GrammarError(error.reason == .notFound ? .notFound : .unreadable, at: path, error.problem)
      }
      throw GrammarError(
        .notALibrary, at: path, "no shared library: \(error.problem)", advice: GrammarLibrary.advice)
    }
    let bytes = file.bytes
    guard bytes.count >= 64, bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46, 2, 1]) else {
      throw GrammarError(
        .notALibrary, at: path, "no shared library (64-bit little-endian ELF)", advice: GrammarLibrary.advice)
    }
    // Segments hold what is mapped; sections usually lie at the very end.
    let segments = end(bytes, tableAt: 32, sizeAt: 54)
    let sections = end(bytes, tableAt: 40, sizeAt: 58)
    let (table, size, count) = (read(bytes, 32, 8), read(bytes, 54, 2), read(bytes, 56, 2))
    var needed = max(segments, sections)
    if needed <= UInt64(bytes.count), size >= 56 {
      for index in 0..<count {
        let header = Int(table + index * size)
        let (sum, overflow) = read(bytes, header + 8, 8).addingReportingOverflow(read(bytes, header + 32, 8))
        needed = max(needed, overflow ? .max : sum)
      }
    }
    guard needed <= UInt64(bytes.count) else {
      throw GrammarError(
        .notALibrary, at: path, "cut short: its tables speak of \(needed) bytes, the file has \(bytes.count)",
        advice: "Remove it and run scripts/fetch-grammars.sh again")
    }
  }

  /// Where a table ends, whose offset stands at `tableAt`, size of an entry and number of entries at `sizeAt`.
  private static func end(_ bytes: UnsafeRawBufferPointer, tableAt: Int, sizeAt: Int) -> UInt64 {
    let length = read(bytes, sizeAt, 2) * read(bytes, sizeAt + 2, 2)
    let (sum, overflow) = read(bytes, tableAt, 8).addingReportingOverflow(length)
    return overflow ? .max : sum
  }

  private static func read(_ bytes: UnsafeRawBufferPointer, _ offset: Int, _ count: Int) -> UInt64 {
    (0..<count).reduce(0) { $0 | UInt64(bytes[offset + $1]) << (8 * UInt64($1)) }
  }
}
