import Foundation
import ProbeMath
import ProbeModel
import Testing

@testable import ProbeStore

/// NumPy's format, read strictly: a header is input from outside.
@Suite struct NPYTests {
  private func error(_ data: Data) throws -> ModelError? {
    let folder = try Folder()
    let path = try folder.write("a.npy", data)
    do {
      _ = try ExternalActivations(path: path)
      return nil
    } catch {
      #expect(error.location.hasPrefix(path))
      return ModelError(
        error.reason, at: String(error.location.dropFirst(path.count)), error.problem, advice: error.advice)
    }
  }

  /// Headers that NumPy's versions write, in the format's own words.
  @Test(arguments: [
    (UInt8(1), "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n"),
    (UInt8(2), "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }   \n"),
    (UInt8(3), "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)}\n"),
    (UInt8(1), "{\"shape\":(2,3,),\"fortran_order\":False,\"descr\":\"<f4\"}"),
  ])
  func headersOfEveryVersionAreRead(version: UInt8, header: String) throws {
    let folder = try Folder()
    let values: [Float] = [1, -2, 3.5, 0, .leastNonzeroMagnitude, 6]
    let path = try folder.write(
      "a.npy",
      NPYBytes.file(header: header, version: version, data: values.withUnsafeBytes { Data($0) }))
    let array = try ExternalActivations(path: path)
    #expect(array.rowCount == 2 && array.rowShape == [3] && array.dtype == .float32)
    var read = [Float](repeating: 9, count: 3)
    array.decodeRows(1..<2, into: &read)
    #expect(read == Array(values[3...]))
  }

  @Test func aFileOfNumPyIsRead() throws {
    // numpy.save of numpy.array([[1, 2], [3, 4], [5, 6]], dtype="<f2"), NumPy 1.26.
    let header = "{'descr': '<f2', 'fortran_order': False, 'shape': (3, 2), }"
    let text = header + String(repeating: " ", count: 118 - header.count - 1) + "\n"
    let data = Data([0, 0x3c, 0, 0x40, 0, 0x42, 0, 0x44, 0, 0x45, 0, 0x46])
    let folder = try Folder()
    let array = try ExternalActivations(
      path: try folder.write("a.npy", NPYBytes.file(header: text, data: data)))
    var read = [Float](repeating: 0, count: 6)
    array.decodeRows(0..<3, into: &read)
    #expect(read == [1, 2, 3, 4, 5, 6] && array.dtype == .float16)
  }

  @Test func otherOrdersAndTypesSayHowToConvert() throws {
    let four = Data(count: 16)
    for (data, problem, advice) in [
      (
        NPYBytes.array(">f4", [2, 2], four), "the array is big-endian (>f4)",
        "Convert it: numpy.save(FILE, array.astype('<f4'))"
      ),
      (
        NPYBytes.array("<f4", [2, 2], four, fortran: true),
        "the array is in Fortran order (the first axis varies fastest)",
        "Convert it: numpy.save(FILE, numpy.ascontiguousarray(array))"
      ),
      (
        NPYBytes.array("<i4", [2, 2], four),
        "the array's type is <i4, expected float16, float32, float64, little-endian",
        "Convert it: numpy.save(FILE, array.astype('<f4'))"
      ),
      (
        NPYBytes.array("|O", [2, 2], four),
        "the array's type is |O, expected float16, float32, float64, little-endian",
        "Convert it: numpy.save(FILE, array.astype('<f4'))"
      ),
      (
        NPYBytes.file(
          header: "{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (4,), }", data: four),
        "the array is structured", "Save one of its fields: numpy.save(FILE, array['FIELD'])"
      ),
    ] {
      let found = try #require(try error(data))
      #expect(found.reason == .unsupported && found.problem == problem && found.advice == advice)
    }
    // One row has both orders: NumPy may call it either.
    let folder = try Folder()
    let row = try folder.write("a.npy", NPYBytes.array("<f4", [1, 4], four, fortran: true))
    #expect(try ExternalActivations(path: row).rowCount == 1)
  }

  /// Damaged and hostile files end in an error that says what is wrong.
  @Test func hostileHeadersAreRefused() throws {
    let good = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }"
    let data = Data(count: 16)
    func header(_ text: String) -> Data { NPYBytes.file(header: text, data: data) }
    for (bytes, problem) in [
      (Data("PK\u{3}\u{4} not an array".utf8), "is no .npy file: it does not begin with \\x93NUMPY"),
      (Data([0x93]), "is no .npy file: it does not begin with \\x93NUMPY"),
      (
        NPYBytes.file(header: good, version: 4, data: data),
        "the .npy version 4.0 is not read: 1.0 to 3.0 are"
      ),
      (
        NPYBytes.file(header: good, claims: 60_000, data: data),
        "the header claims 60000 bytes, the file has \(10 + good.count + 16)"
      ),
      (
        NPYBytes.file(header: good, version: 2, claims: 0xffff_fff0, data: data),
        "the header claims 4294967280 bytes, the file has \(12 + good.count + 16)"
      ),
      (header(""), "expected {"),
      (
        header("{'descr': '<f4', 'fortran_order': False}"),
        "expected descr, fortran_order and shape, one is missing"
      ),
      (header(good + "{}"), "something follows the dictionary"),
      (
        header("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2, 2)}"),
        "expected descr, fortran_order and shape once each, found 'descr'"
      ),
      (
        header("{'descr': '<f4', 'evil': __import__('os'), 'shape': (2, 2)}"),
        "expected descr, fortran_order and shape once each, found 'evil'"
      ),
      (
        header("{'descr': '<f4', 'fortran_order': 1, 'shape': (2, 2)}"),
        "fortran_order: expected True or False"
      ),
      (
        header("{'descr': '<f4', 'fortran_order': False, 'shape': (-2, 2)}"),
        "shape: expected at most 32 whole numbers"
      ),
      (header("{'descr': '<f4', 'fortran_order': False, 'shape': (2 2)}"), "shape: expected a comma or )"),
      (header("{'descr': '<f4', 'fortran_order': False, 'shape': (4)}"), "shape: expected a comma or )"),
      (
        header("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999, 2)}"),
        "shape: expected at most 32 whole numbers"
      ),
      (
        header(
          "{'descr': '<f4', 'fortran_order': False, 'shape': (" + String(repeating: "1,", count: 40) + ")}"),
        "shape: expected at most 32 whole numbers"
      ),
      (
        header("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4)}"),
        "the shape [4611686018427387904, 4] is not a possible one"
      ),
      (header("{'descr': '<f4"), "a text has no end"),
      (
        NPYBytes.array("<f4", [2, 2], Data(count: 15)),
        "shape [2, 2] of float32 takes 16 bytes, behind the header are 15"
      ),
      (
        NPYBytes.array("<f4", [2, 2], Data(count: 17)),
        "shape [2, 2] of float32 takes 16 bytes, behind the header are 17"
      ),
      (
        NPYBytes.array("<f4", [4], data),
        "expected a row an example or position and at least one value in each, found the shape [4]"
      ),
      (
        NPYBytes.array("<f4", [4, 0], Data()),
        "expected a row an example or position and at least one value in each, found the shape [4, 0]"
      ),
    ] {
      #expect(try error(bytes)?.problem == problem)
    }
  }

  @Test func truncatingAnywhereNeverTraps() throws {
    let whole = NPYBytes.floats([1, 2, 3, 4], [2, 2])
    for length in 0..<whole.count { #expect(try error(whole.prefix(length)) != nil, "\(length) bytes") }
    #expect(try error(whole) == nil)
  }

  /// Whatever a header says, it is read or refused, and what is read lies inside the file.
  @Test func mutatedHeadersNeverTrap() throws {
    let whole = [UInt8](NPYBytes.floats([1, 2, 3, 4], [2, 2]))
    var stream = RandomStream(seed: 11, "npy")
    let tokens = ["(", ")", "{", "}", "'", ",", ":", "9", "-", "True", "\\", "\u{0}", "99999999999999999999"]
      .map {
        [UInt8]($0.utf8)
      }
    var refused = 0
    for _ in 0..<4_000 {
      var bytes = whole
      for _ in 0...stream.index(below: 3) {
        let place = stream.index(below: min(bytes.count, 75))
        switch stream.index(below: 3) {
        case 0: bytes[place] = UInt8(stream.index(below: 256))
        case 1: bytes.insert(contentsOf: tokens[stream.index(below: tokens.count)], at: place)
        default: bytes.remove(at: place)
        }
      }
      do {
        let header = try bytes.withUnsafeBytes { try NPYHeader($0, path: "a.npy") }
        #expect(header.dataStart <= bytes.count && header.shape.count <= 32)
      } catch {
        #expect((error as? ModelError)?.location.hasPrefix("a.npy") == true)
        refused += 1
      }
    }
    #expect(refused > 2_000, "most mutations make a header that is none")
  }
}
