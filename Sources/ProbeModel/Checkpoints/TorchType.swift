/// The element types of torch, by the names that pickled checkpoints use.
enum TorchType: String, CaseIterable {
  case float32, float16, bfloat16, float64, int64, int32, int16, int8, uint8, bool
  case uint16, uint32, uint64, complex32, complex64, complex128
  case float8_e4m3fn, float8_e5m2, float8_e4m3fnuz, float8_e5m2fnuz, float8_e8m0fnu
  case qint8, quint8, qint32

  /// The type whose storage class has this name, such as `FloatStorage`.
  init?(storageClass name: String) {
    guard let type = Self.allCases.first(where: { $0.storageClass == name }) else { return nil }
    self = type
  }

  private var storageClass: String? {
    switch self {
    case .float32: "FloatStorage"
    case .float16: "HalfStorage"
    case .bfloat16: "BFloat16Storage"
    case .float64: "DoubleStorage"
    case .int64: "LongStorage"
    case .int32: "IntStorage"
    case .int16: "ShortStorage"
    case .int8: "CharStorage"
    case .uint8: "ByteStorage"
    case .bool: "BoolStorage"
    case .complex64: "ComplexFloatStorage"
    case .complex128: "ComplexDoubleStorage"
    case .qint8: "QInt8Storage"
    case .quint8: "QUInt8Storage"
    case .qint32: "QInt32Storage"
    default: nil
    }
  }

  /// How we read it; nil for types that no weight here may have. Rounding float64 to the float32 that everything is
  /// computed in would be a silent change of the weights: it is left to whoever saves the checkpoint.
  var format: StorageFormat? {
    switch self {
    case .float32: .f32
    case .float16: .f16
    case .bfloat16: .bf16
    case .int64: .i64
    case .int32: .i32
    case .int16: .i16
    case .int8: .i8
    case .uint8: .u8
    case .bool: .bool
    default: nil
    }
  }
}
