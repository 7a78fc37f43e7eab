/// Reads records of comma- or tab-separated text (RFC 4180): quoted fields may hold separators, line breaks and
/// doubled quotes; a record ends with LF, CRLF or the end of the text.
struct DelimitedText {
  /// One row of the table.
  struct Record {
    /// Line on which the record begins, from 1.
    let line: Int
    let fields: [String]
  }

  private let bytes: ArraySlice<UInt8>
  private let separator: UInt8
  private var index: Int
  private var line = 1

  private static let quote = UInt8(ascii: "\"")
  private static let lineFeed = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")

  init(_ bytes: ArraySlice<UInt8>, separator: Character) {
    self.bytes = bytes
    self.separator = separator.asciiValue ?? UInt8(ascii: ",")
    index = bytes.startIndex
  }

  /// The next record that is not an empty line, or nil at the end.
  ///
  /// - Throws: the line and what is wrong with it.
  mutating func next() throws(MalformedRecord) -> Record? {
    while index < bytes.endIndex {
      let first = line
      var fields: [String] = []
      while true {
        fields.append(try field(record: first))
        if index < bytes.endIndex, bytes[index] == separator {
          index += 1
          continue
        }
        break
      }
      endLine()
      if fields != [""] { return Record(line: first, fields: fields) }
    }
    return nil
  }

  private mutating func field(record: Int) throws(MalformedRecord) -> String {
    let isQuoted = index < bytes.endIndex && bytes[index] == Self.quote
    let content = isQuoted ? try quoted(record: record) : plain()
    guard let text = String(validating: content, as: UTF8.self) else {
      throw MalformedRecord(line: record, problem: "the line is not UTF-8")
    }
    return text
  }

  private mutating func plain() -> ArraySlice<UInt8> {
    let start = index
    while index < bytes.endIndex, bytes[index] != separator, bytes[index] != Self.lineFeed { index += 1 }
    let endsWithReturn =
      index > start && bytes[index - 1] == Self.carriageReturn
      && (index == bytes.endIndex || bytes[index] == Self.lineFeed)
    return bytes[start..<(endsWithReturn ? index - 1 : index)]
  }

  private mutating func quoted(record: Int) throws(MalformedRecord) -> ArraySlice<UInt8> {
    var content: [UInt8] = []
    index += 1
    while true {
      guard index < bytes.endIndex else {
        throw MalformedRecord(line: record, problem: "a quoted field that begins here never ends")
      }
      let byte = bytes[index]
      index += 1
      if byte == Self.lineFeed { line += 1 }
      if byte != Self.quote {
        content.append(byte)
      } else if index < bytes.endIndex, bytes[index] == Self.quote {
        content.append(Self.quote)
        index += 1
      } else {
        break
      }
    }
    if index < bytes.endIndex, bytes[index] == Self.carriageReturn { index += 1 }
    guard index == bytes.endIndex || bytes[index] == separator || bytes[index] == Self.lineFeed else {
      throw MalformedRecord(line: line, problem: "text follows the closing quote of a field")
    }
    return content[...]
  }

  private mutating func endLine() {
    if index < bytes.endIndex, bytes[index] == Self.lineFeed {
      index += 1
      line += 1
    }
  }
}

/// A record that is not well-formed.
struct MalformedRecord: Error {
  let line: Int
  let problem: String
}
