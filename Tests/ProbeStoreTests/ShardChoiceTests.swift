import Testing

@testable import ProbeStore

@Suite struct ShardChoiceTests {
  private func failure(_ text: String, _ environment: [String: String] = [:]) throws -> String {
    let error = try #require(throws: StoreError.self) { try ShardChoice(text, environment: environment) }
    #expect(error.reason == .badInput && error.exitCode == 65)
    return error.description
  }

  @Test(arguments: [("0/1", 0, 1), ("0/4", 0, 4), ("3/4", 3, 4), ("99999/100000", 99_999, 100_000)])
  func anIndexAndACountAreRead(text: String, index: Int, count: Int) throws {
    let choice = try ShardChoice(text, environment: ["SLURM_ARRAY_TASK_ID": "2"])
    #expect((choice.shard.index, choice.shard.count) == (index, count))
    #expect(choice.variable == nil)
  }

  @Test(arguments: [
    "", "/", "1", "1/", "/4", "1/4/5", "-1/4", "+1/4", " 1/4", "1 /4", "0x1/4", "١/4", "1/٤", "AUTO/4",
    "auto", "auto/",
    "auto/x", "1.0/4", "99999999999999999999/4", "1/99999999999999999999",
  ])
  func whatIsNoShardIsRefused(text: String) throws {
    #expect(
      try failure(text)
        == "--shard \(text): expected i/n or auto/n. The first of four shards is 0/4; in a job array of four tasks "
        + "each says auto/4")
  }

  @Test func countsAndIndicesHaveTheirRanges() throws {
    #expect(try failure("0/0") == "--shard 0/0: expected 1 to 100000 shards, found 0")
    #expect(try failure("auto/0") == "--shard auto/0: expected 1 to 100000 shards, found 0")
    #expect(try failure("0/100001") == "--shard 0/100001: expected 1 to 100000 shards, found 100001")
    #expect(
      try failure("4/4")
        == "--shard 4/4: expected an index from 0 to 3, found 4. Shards are counted from 0: the last of them is 3/4"
    )
  }

  @Test func theIndexComesFromTheFirstVariableThatIsSet() throws {
    var environment = ["OMPI_COMM_WORLD_RANK": "1", "PMI_RANK": "0"]
    var choice = try ShardChoice("auto/4", environment: environment)
    #expect((choice.shard.index, choice.variable) == (1, "OMPI_COMM_WORLD_RANK"))
    environment["JOB_COMPLETION_INDEX"] = "2"
    choice = try ShardChoice("auto/4", environment: environment)
    #expect((choice.shard.index, choice.variable) == (2, "JOB_COMPLETION_INDEX"))
    environment["SLURM_ARRAY_TASK_ID"] = "3"
    choice = try ShardChoice("auto/4", environment: environment)
    #expect((choice.shard.index, choice.shard.count, choice.variable) == (3, 4, "SLURM_ARRAY_TASK_ID"))
  }

  @Test func withoutAVariableTheIndexMustBeSaid() throws {
    #expect(
      try failure("auto/4", ["HOME": "/home/ada"])
        == "--shard auto/4: the environment says no index: none of SLURM_ARRAY_TASK_ID, JOB_COMPLETION_INDEX, "
        + "OMPI_COMM_WORLD_RANK is set. Outside of a job array, say the index yourself: --shard 0/4")
  }

  @Test func anIndexOfTheEnvironmentBeyondTheCountIsRefused() throws {
    #expect(
      try failure("auto/4", ["SLURM_ARRAY_TASK_ID": "4"])
        == "--shard auto/4, SLURM_ARRAY_TASK_ID: expected an index from 0 to 3, found \"4\". Tasks are counted from "
        + "0: `sbatch --array=0-3`")
    #expect(
      try failure("auto/2", ["JOB_COMPLETION_INDEX": "2"])
        == "--shard auto/2, JOB_COMPLETION_INDEX: expected an index from 0 to 1, found \"2\". The job needs "
        + "`completionMode: Indexed` and `completions: 2`")
    #expect(
      try failure("auto/2", ["OMPI_COMM_WORLD_RANK": "7"])
        == "--shard auto/2, OMPI_COMM_WORLD_RANK: expected an index from 0 to 1, found \"7\". Start as many processes "
        + "as there are shards: `mpirun -np 2`")
  }

  /// A variable that is set and says nothing is not passed over: the next one may be another job's.
  @Test(arguments: ["", "x", "-1", "1 ", "4294967294", "18446744073709551616"])
  func anIndexOfTheEnvironmentThatIsNoneIsRefused(value: String) throws {
    let text = try failure("auto/4", ["SLURM_ARRAY_TASK_ID": value, "OMPI_COMM_WORLD_RANK": "0"])
    #expect(text.contains("SLURM_ARRAY_TASK_ID: expected an index from 0 to 3, found \"\(value)\""))
  }

  @Test(arguments: [
    ("s.sqlite", "s.shard-0-of-4.sqlite"), ("a.b/s.v2.sqlite", "a.b/s.v2.shard-0-of-4.sqlite"),
    ("a.b/store", "a.b/store.shard-0-of-4"), ("/x/s.db", "/x/s.shard-0-of-4.db"),
  ])
  func aShardsStoreLiesBesideTheWholeOne(store: String, shard: String) {
    #expect(ShardChoice(index: 0, count: 4).path(of: store) == shard)
  }
}
