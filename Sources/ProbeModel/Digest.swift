import COpenSSL
import Glibc

/// SHA-256 (FIPS 180-4) of bytes that arrive piece by piece.
///
/// OpenSSL does the work: it picks the CPU's SHA instructions at run time.
public struct SHA256Digest: ~Copyable {
  private let context: OpaquePointer

  /// A digest of nothing yet.
  public init() {
    guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
      preconditionFailure("SHA256Digest: OpenSSL has no SHA-256 or no memory")
    }
    self.context = context
  }

  deinit { EVP_MD_CTX_free(context) }

  /// Appends bytes.
  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    guard let base = bytes.baseAddress, bytes.count > 0 else { return }
    EVP_DigestUpdate(context, base, bytes.count)
  }

  /// Appends bytes.
  public mutating func update(_ bytes: some Sequence<UInt8>) {
    let done: Void? = bytes.withContiguousStorageIfAvailable { update(UnsafeRawBufferPointer($0)) }
    if done == nil { Array(bytes).withUnsafeBytes { update($0) } }
  }

  /// The digest of everything appended, as 64 lowercase hexadecimal digits.
  public consuming func finish() -> String {
    var digest = [UInt8](repeating: 0, count: 32)
    EVP_DigestFinal_ex(context, &digest, nil)
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  /// The digest of a string's UTF-8 bytes.
  public static func of(_ text: String) -> String {
    var digest = SHA256Digest()
    digest.update(text.utf8)
    return digest.finish()
  }

  /// The digest of a file's bytes, read in pieces of 1 MiB.
  ///
  /// - Throws: `ModelError` with `notFound` or `unreadable`.
  public static func ofFile(_ path: String) throws(ModelError) -> String {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else {
      throw ModelError(
        errno == ENOENT ? .notFound : .unreadable, at: path,
        "cannot be opened: \(String(cString: strerror(errno)))")
    }
    defer { close(file) }
    var digest = SHA256Digest()
    let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
    defer { piece.deallocate() }
    while true {
      let count = read(file, piece.baseAddress, piece.count)
      if count == 0 { return digest.finish() }
      if count < 0 {
        if errno == EINTR { continue }
        throw ModelError(.unreadable, at: path, "cannot be read: \(String(cString: strerror(errno)))")
      }
      digest.update(UnsafeRawBufferPointer(rebasing: piece[..<count]))
    }
  }
}
