// swift-tools-version: 6.1
import PackageDescription

let package = Package(
  name: "probe",
  products: [
    .executable(name: "probe", targets: ["probe"]),
    .library(name: "ProbeAnalysis", targets: ["ProbeAnalysis"]),
    .library(name: "ProbeMath", targets: ["ProbeMath"]),
    .library(name: "ProbeModel", targets: ["ProbeModel"]),
    .library(name: "ProbeStore", targets: ["ProbeStore"]),
    .library(name: "ProbeSyntax", targets: ["ProbeSyntax"]),
    .library(name: "ProbeTesting", targets: ["ProbeTesting"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),

    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    // MARK: System libraries and C
    .systemLibrary(name: "CLibdeflate", pkgConfig: "libdeflate", providers: [.apt(["libdeflate-dev"])]),
    .systemLibrary(name: "COniguruma", pkgConfig: "oniguruma", providers: [.apt(["libonig-dev"])]),
    .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(
      name: "CTreeSitter", pkgConfig: "tree-sitter", providers: [.apt(["libtree-sitter-dev"])]),
    .target(name: "COpenBLAS"),
    .target(name: "CKernels"),
    .target(name: "CLinux"),

    // MARK: The chain
    .target(name: "ProbeMath", dependencies: ["COpenBLAS", "CKernels"]),
    .target(
      name: "ProbeModel", dependencies: ["ProbeMath", "CKernels", "COniguruma", "COpenSSL"]),
    .target(
      name: "ProbeStore",
      dependencies: [
        "ProbeMath", "ProbeModel", "CLibdeflate", "CLinux", .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
      ]),
    .target(name: "ProbeSyntax", dependencies: ["ProbeModel", "CTreeSitter"]),
    .target(
      name: "ProbeAnalysis",
      dependencies: [
        "CKernels", "ProbeMath", "ProbeModel", "ProbeStore", "ProbeSyntax", "ProbeReport",
        .product(name: "Yams", package: "Yams"),
      ]),
    .target(name: "ProbeTesting", dependencies: ["ProbeAnalysis", "ProbeModel"]),
    .executableTarget(
      name: "probe",
      dependencies: [
        "ProbeMath", "ProbeModel", "ProbeStore", "ProbeSyntax", "ProbeAnalysis", "ProbeReport",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    // MARK: The leaf
    .target(name: "ProbeReport"),

    // MARK: Tests
    .testTarget(name: "ProbeMathTests", dependencies: ["ProbeMath"]),
    .testTarget(name: "ProbeModelTests", dependencies: ["ProbeMath", "ProbeModel", "CKernels"]),
    .testTarget(
      name: "ProbeStoreTests",
      dependencies: [
        "ProbeFaults", "ProbeStore", "ProbeModel", "ProbeMath", .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
      ]),
    .testTarget(name: "ProbeSyntaxTests", dependencies: ["ProbeModel", "ProbeSyntax"]),
    .testTarget(
      name: "ProbeAnalysisTests",
      dependencies: ["ProbeAnalysis", "ProbeMath", "ProbeModel", "ProbeReport", "ProbeStore", "ProbeSyntax"]),
    .testTarget(name: "ProbeReportTests", dependencies: ["ProbeReport"]),
    .testTarget(name: "ProbeTestingTests", dependencies: ["ProbeAnalysis", "ProbeModel", "ProbeTesting"]),

    // MARK: Fuzzing
    .target(name: "CFuzz", path: "Tests/Fuzz/CFuzz"),
    .target(name: "ProbeFuzz", dependencies: ["ProbeModel"], path: "Tests/Fuzz/Harness"),
    // Replaces malloc, so it alone links CFuzz.
    .executableTarget(
      name: "probe-fuzz",
      dependencies: [
        "CFuzz", "ProbeFuzz", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], path: "Tests/Fuzz/Runner"),
    .testTarget(name: "ProbeFuzzTests", dependencies: ["ProbeFuzz"]),

    // MARK: Coverage by simulation
    .target(
      name: "ProbeCoverage", dependencies: ["ProbeAnalysis", "ProbeMath"], path: "Tests/Coverage/Harness"),
    .executableTarget(
      name: "probe-coverage",
      dependencies: ["ProbeCoverage", .product(name: "ArgumentParser", package: "swift-argument-parser")],
      path: "Tests/Coverage/Runner"),
    .testTarget(name: "ProbeCoverageTests", dependencies: ["ProbeAnalysis", "ProbeCoverage", "ProbeMath"]),

    // MARK: Fault injection
    .target(
      name: "CFaultVFS", path: "Tests/Faults/CFaultVFS", linkerSettings: [.linkedLibrary("sqlite3")]),
    .target(
      name: "ProbeFaults",
      dependencies: ["CFaultVFS", "ProbeMath", .product(name: "GRDBSQLite", package: "GRDB.swift")],
      path: "Tests/Faults/Harness"),

    // MARK: Tests that run the built program as a process, so they depend on it
    .testTarget(
      name: "ProbeFaultTests",
      dependencies: [
        "ProbeFaults", "ProbeMath", "ProbeStore", "probe", .product(name: "GRDB", package: "GRDB.swift"),
      ]
    ),
    .testTarget(
      name: "ProbeCLITests",
      dependencies: ["ProbeAnalysis", "probe", .product(name: "GRDB", package: "GRDB.swift")]),
  ],
  swiftLanguageModes: [.v6]
)
