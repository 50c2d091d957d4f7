// Wrong inputs of `gpstoken evaluate`: each has a message that says what is wrong and where.
#include <gtest/gtest.h>

#include <limits>

#include "image/png.h"
#include "tests/cli/contains.h"
#include "tests/cli/evaluation_fixture.h"
#include "tests/cli/run_program.h"
#include "tests/io/zip_builder.h"
#include "tests/support/temporary_folder.h"

namespace gpst {
namespace {

class EvaluateInputs : public ::testing::Test {
 protected:
  EvaluateInputs() : good_(folder_.write("good.npz", good_archive())) {}

  static std::string good_archive() {
    return npz("arr_0", npy_of_pictures(evaluation_pictures(0, 2)));
  }

  // A run that must end with this code, saying each of `parts`.
  void expect(int code, const std::vector<std::string>& words,
              const std::vector<std::string>& parts) const {
    std::vector<std::string> all = {"evaluate", "--inception", rule_inception_file(),
                                    "--no-progress"};
    all.insert(all.end(), words.begin(), words.end());
    const ProgramRun run = run_gpstoken(all);
    EXPECT_EQ(run.exit_code, code) << run.err;
    for (const std::string& part : parts) EXPECT_TRUE(contains(run.err, part));
    EXPECT_EQ(run.out, "");
  }
  // Of a file against good pictures.
  void expect_bad_file(const std::string& name, const std::string& content,
                       std::vector<std::string> parts) const {
    const std::string path = folder_.write(name, content);
    parts.push_back(path);
    expect(3, {path, good_}, parts);
  }

  TemporaryFolder folder_;
  std::string good_;
};

TEST_F(EvaluateInputs, ArchivesOfSomethingElse) {
  expect_bad_file("objects.npz", npz("arr_0", npy_of_objects()), {"arr_0", "object"});
  expect_bad_file("nchw.npz", npz("arr_0", npy(DType::u8, {2, 3, 4, 4}, std::string(96, 'x'))),
                  {"arr_0", "[2,3,4,4]", "[N,H,W,3]", "transpose"});
  expect_bad_file("float.npz", npz("arr_0", npy(DType::f32, {1, 2, 2, 3}, std::string(48, '\0'))),
                  {"arr_0", "uint8", "0..255"});
}

TEST_F(EvaluateInputs, DamagedArchives) {
  const std::string whole = good_archive();
  expect_bad_file("encrypted.npz",
                  build_zip({{.name = "arr_0.npy",
                              .content = npy_of_pictures(evaluation_pictures(0, 2)),
                              .flags = 1}}),
                  {"encrypted"});
  expect_bad_file("truncated.npz", whole.substr(0, whole.size() / 2), {"truncated"});
}

TEST_F(EvaluateInputs, BadStatistics) {
  const std::vector<double> unit = {1, 0, 0, 1};
  const std::string good = folder_.write("two.npz", npz_of_statistics({0, 0}, unit));
  const auto expect_bad = [&](const std::string& content, const std::vector<std::string>& parts) {
    const std::string path = folder_.write("bad.npz", content);
    expect(3, {good, path}, parts);
  };
  expect_bad(npz_of_statistics({0, 0, 0}, {1, 0, 0, 0, 1, 0, 0, 0, 1}), {"2", "3", "dimension"});
  expect_bad(npz_of_statistics({0, 0}, {1, 0.5, 0, 1}), {"bad.npz", "sigma", "symmetric"});
  expect_bad(npz_of_statistics({0, 0}, {1, std::numeric_limits<double>::quiet_NaN(), 0, 1}),
             {"bad.npz", "sigma"});
  expect(3, {good, good_, "--metrics", "is"}, {"is cannot be computed", "statistics only"});
  expect(3, {good, good_, "--metrics", "sfid"}, {"sfid cannot be computed", "mu_s"});
  expect(3, {good, good_, good_}, {"statistics", "cannot be joined"});
  expect(3, {"--paired", good, good_}, {"two.npz", "arr_0"});
  // Against pictures: before their features are computed.
  expect(3, {good_, good, "--metrics", "fid"}, {"two.npz", "statistics of 2 features", "2048"});
}

TEST_F(EvaluateInputs, SetsThatAreNone) {
  write_folder(folder_ / "one", evaluation_pictures(0, 1));
  expect(3, {folder_ / "one", good_, "--metrics", "fid"}, {"at least two", "one/000.png"});
  folder_.write("texts/a.txt", "no picture");
  expect(3, {folder_ / "texts", good_}, {"texts"});
  expect(4, {folder_ / "absent", good_}, {"absent"});
  expect(4, {folder_ / "absent.npz", good_}, {"absent.npz"});
  folder_.write("broken/a.png", "no picture");
  folder_.write("broken/b.png", "nor this");
  expect(3, {folder_ / "broken", good_, "--metrics", "is"}, {"a.png", "b.png"});
}

TEST_F(EvaluateInputs, TwoSizesInOneSet) {
  write_folder(folder_ / "mixed", {evaluation_picture(0), evaluation_picture(1, 40)});
  expect(3, {folder_ / "mixed", good_, "--metrics", "is"},
         {"000.png is 48x48", "001.png is 40x40", "--size N"});
}

TEST_F(EvaluateInputs, PairsThatAreNone) {
  const std::string three =
      folder_.write("three.npz", npz("arr_0", npy_of_pictures(evaluation_pictures(0, 3))));
  expect(3, {"--paired", good_, three}, {"2 pictures", "3", "good.npz", "three.npz"});
  expect(2, {"--paired", good_}, {"expected two sets"});
  const std::string other =
      folder_.write("small.npz", npz("arr_0", npy_of_pictures(evaluation_pictures(0, 2, 40))));
  expect(3, {"--paired", good_, other, "--metrics", "psnr"}, {"48x48", "40x40"});
  write_folder(folder_ / "a", evaluation_pictures(0, 1));
  write_png((folder_.write("b/x.png", ""), folder_ / "b/x.png"), evaluation_picture(0));
  write_png(folder_ / "b/y.png", evaluation_picture(0));
  expect(3, {"--paired", folder_ / "a", folder_ / "b"}, {"'000'", "'x'"});
}

TEST_F(EvaluateInputs, WordsThatDoNotFit) {
  expect(2, {good_, good_, "--metrics", "fid,sfd"}, {"'sfd'", "did you mean", "sfid"});
  expect(2, {good_, good_, "--metrics", "psnr"}, {"'psnr'", "--paired"});
  expect(2, {"--paired", good_, good_, "--metrics", "fid"}, {"'fid'", "without --paired", "rfid"});
  expect(3, {good_, good_, "--metrics", "kid"},
         {"kid cannot be computed", "2 pictures", "1000", "--kid-subset-size"});
  expect(2, {good_, good_, "-o", folder_ / "x.npz"}, {"evaluate stats", "--json"});
  expect(2, {}, {"expected two sets"});
  expect(2, {"stats", good_}, {"-o FILE.npz"});
  expect(2, {good_, good_, "--dtype", "bf16"}, {"bf16", "fp32"});
}

}  // namespace
}  // namespace gpst
