// `gpstoken evaluate` as a user runs it, on few pictures and with the weights of the golden rule.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "image/png.h"
#include "io/npz.h"
#include "tests/cli/contains.h"
#include "tests/cli/evaluation_fixture.h"
#include "tests/cli/run_program.h"
#include "tests/io/zip_builder.h"
#include "tests/support/temporary_folder.h"

namespace gpst {
namespace {

using nlohmann::json;

class Evaluate : public ::testing::Test {
 protected:
  // Two sets of four pictures in every form, and the numbers that every form must give.
  static void SetUpTestSuite() {
    shared_ = new TemporaryFolder;
    const auto a = evaluation_pictures(0, 4), b = evaluation_pictures(10, 4);
    write_folder(*shared_ / "a", a);
    write_folder(*shared_ / "b", b);
    write_folder(*shared_ / "b_begin", {b[0], b[1]});
    write_folder(*shared_ / "b_end", {b[2], b[3]});
    shared_->write("a.npz", npz("arr_0", npy_of_pictures(a)));
    shared_->write(
        "b.npz",
        build_zip({{.name = "arr_0.npy", .content = npy_of_pictures(b), .deflate = true}}));
    const ProgramRun run =
        run_gpstoken({"evaluate", in("a"), in("b"), "--metrics", "fid,sfid,is", "--inception",
                      rule_inception_file(), "--json", in("folders.json"), "--threads", "1"});
    ASSERT_EQ(run.exit_code, 0) << run.err;
    shared_->write("stdout.json", run.out);
    folders_ = json::parse(run.out);
  }
  static void TearDownTestSuite() {
    delete shared_;
    shared_ = nullptr;
  }

  static std::string in(const std::string& name) { return *shared_ / name; }

  static ProgramRun evaluate(std::vector<std::string> words) {
    words.insert(words.begin(), "evaluate");
    words.insert(words.end(), {"--inception", rule_inception_file(), "--json", "--no-progress"});
    return run_gpstoken(words);
  }
  // The report of a run that must work.
  static json report_of(const std::vector<std::string>& words) {
    const ProgramRun run = evaluate(words);
    EXPECT_EQ(run.exit_code, 0) << run.err;
    return json::parse(run.out, nullptr, false);
  }

  static TemporaryFolder* shared_;
  static json folders_;
  TemporaryFolder folder_;
};

TemporaryFolder* Evaluate::shared_ = nullptr;
json Evaluate::folders_;

TEST_F(Evaluate, ReportSaysWhatTheNumbersStandOn) {
  EXPECT_EQ(json::parse(read_text(in("folders.json"))), folders_) << "stdout and file differ";
  for (const char* key : {"fid", "sfid", "is_mean"}) {
    EXPECT_GT(folders_.at(key).get<double>(), 0) << key;
  }
  EXPECT_EQ(folders_.at("n_samples"), 4);
  EXPECT_EQ(folders_.at("n_reference"), 4);
  EXPECT_EQ(folders_.at("mode"), "adm");
  EXPECT_EQ(folders_.at("weights_sha256").get<std::string>().size(), 64U);
  EXPECT_EQ(folders_.at("samples"), json({in("a")}));
  EXPECT_EQ(folders_.at("reference"), json({in("b")}));
  EXPECT_EQ(folders_.at("rejected"), 0);
  EXPECT_TRUE(folders_.at("label_policy").is_null());
  for (const char* key :
       {"version", "size", "resize", "seconds", "cpu_share", "peak_memory_bytes", "dtype"}) {
    EXPECT_TRUE(folders_.contains(key)) << key;
  }
  for (const char* key : {"kid_mean", "precision", "psnr"}) {
    EXPECT_FALSE(folders_.contains(key)) << key;
  }
}

TEST_F(Evaluate, ArchivesAndThreadsGiveTheNumbersOfFolders) {
  const json archives =
      report_of({in("a.npz"), in("b.npz"), "--metrics", "fid,sfid,is", "--threads", "2"});
  for (const char* key : {"fid", "sfid", "is_mean", "is_std", "weights_sha256"}) {
    EXPECT_EQ(archives.at(key), folders_.at(key)) << key;
  }
}

TEST_F(Evaluate, StatisticsStandForTheirPictures) {
  const std::string statistics = folder_ / "made/b.npz";
  const json made = report_of({"stats", in("b_begin"), in("b_end"), "-o", statistics});
  EXPECT_EQ(made.at("n_samples"), 4);
  EXPECT_EQ(made.at("output"), statistics);
  EXPECT_TRUE(contains(NpzReader::open(statistics).comment(), made.at("weights_sha256")));

  const json compared = report_of({in("a"), statistics, "--metrics", "fid,sfid"});
  EXPECT_NEAR(compared.at("fid").get<double>() / folders_.at("fid").get<double>(), 1, 1e-9);
  EXPECT_NEAR(compared.at("sfid").get<double>() / folders_.at("sfid").get<double>(), 1, 1e-9);
  EXPECT_EQ(compared.at("reference_statistics"), true);
  EXPECT_EQ(compared.at("n_reference"), 4);

  // Of statistics alone no network is needed; equal sets have distance zero.
  const ProgramRun same =
      run_gpstoken({"evaluate", statistics, "--reference", statistics, "--json"},
                   {.environment = {{"XDG_CACHE_HOME", folder_.path()}}});
  ASSERT_EQ(same.exit_code, 0) << same.err;
  const json zero = json::parse(same.out);
  EXPECT_NEAR(zero.at("fid").get<double>(), 0, 1e-6);
  EXPECT_NEAR(zero.at("sfid").get<double>(), 0, 1e-6);
  EXPECT_FALSE(zero.contains("is_mean"));
  EXPECT_TRUE(contains(same.err, "is is left out"));
  EXPECT_TRUE(contains(same.err, "fewer than 2049"));

  EXPECT_EQ(evaluate({"stats", in("b"), "-o", statistics}).exit_code, 4);  // is there already
}

TEST_F(Evaluate, OtherConventionsThanThoseOfTheStatisticsAreWarnedOf) {
  const std::vector<double> mu(3, 0.5), sigma = {1, 0, 0, 0, 1, 0, 0, 0, 1};
  const std::string path = folder_ / "clean.npz";
  NpzWriter writer(path);
  writer.add("mu", DType::f64, {3}, std::as_bytes(std::span(mu)));
  writer.add("sigma", DType::f64, {3, 3}, std::as_bytes(std::span(sigma)));
  writer.set_comment(R"({"mode": "clean", "n": 5000})");
  writer.commit();
  const ProgramRun run = evaluate({path, path});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_TRUE(contains(run.err, R"(was made with mode "clean", this run has "adm")"));
  EXPECT_EQ(json::parse(run.out).at("n_reference"), 5000);
}

TEST_F(Evaluate, PrecisionAndRecallOfASetWithItselfAreOne) {
  const json report = report_of({in("a"), in("a.npz"), "--metrics", "pr,kid", "--neighbours", "1",
                                 "--kid-subset-size", "3", "--kid-subsets", "5"});
  EXPECT_EQ(report.at("precision"), 1);
  EXPECT_EQ(report.at("recall"), 1);
  EXPECT_TRUE(std::isfinite(report.at("kid_mean").get<double>()));
  EXPECT_EQ(report.at("kid_subset_size"), 3);
  EXPECT_FALSE(report.contains("fid"));
}

TEST_F(Evaluate, PairsAreFoundByName) {
  write_folder(folder_ / "gt", evaluation_pictures(0, 3));
  auto pictures = evaluation_pictures(0, 3);
  pictures[1].at(5, 5)[0] ^= 64;
  pictures[2].at(6, 7)[1] ^= 32;
  write_folder(folder_ / "out", pictures);
  write_png(folder_ / "out/extra.png", pictures[0]);
  const ProgramRun run = evaluate({"--paired", folder_ / "out", folder_ / "gt", "--lpips",
                                   rule_lpips_file(), "--metrics", "psnr,ssim,lpips,rfid,rsfid"});
  ASSERT_EQ(run.exit_code, 7) << run.err;
  const json report = json::parse(run.out);
  ASSERT_EQ(report.at("images").size(), 3U);
  const json &same = report["images"][0], &other = report["images"][1];
  EXPECT_EQ(same.at("path"), "000");
  EXPECT_TRUE(same.at("identical").get<bool>());
  EXPECT_TRUE(same.at("psnr").is_null());
  EXPECT_DOUBLE_EQ(same.at("ssim").get<double>(), 1);
  const double expected = 10 * std::log10(255.0 * 255 * 3 * 48 * 48 / (64.0 * 64));
  EXPECT_NEAR(other.at("psnr").get<double>(), expected, 1e-6);
  EXPECT_NEAR(report.at("psnr").get<double>(), expected + 10 * std::log10(4.0) / 2, 1e-6);
  EXPECT_EQ(report.at("identical"), 1);
  EXPECT_EQ(report.at("n_samples"), 3);
  for (const char* key : {"rfid", "rsfid", "lpips"}) {
    EXPECT_GT(report.at(key).get<double>(), 0) << key;
  }
  EXPECT_EQ(report.at("lpips_net"), "alexnet");
  EXPECT_EQ(report.at("lpips_sha256").get<std::string>().size(), 64U);
  ASSERT_EQ(report.at("rejects").size(), 1U);
  EXPECT_TRUE(contains(report["rejects"][0].at("path"), "extra.png"));
}

TEST_F(Evaluate, PairsOfIdenticalPicturesHaveNoPsnr) {
  const ProgramRun run =
      run_gpstoken({"evaluate", "--paired", in("a"), in("a.npz"), "--json", "--ssim", "skimage"},
                   {.environment = {{"XDG_CACHE_HOME", folder_.path()}}});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const json report = json::parse(run.out);
  EXPECT_EQ(report.at("identical"), 4);
  EXPECT_TRUE(report.at("psnr").is_null());
  EXPECT_DOUBLE_EQ(report.at("ssim").get<double>(), 1);
  EXPECT_EQ(report.at("ssim_kind"), "skimage");
  EXPECT_TRUE(contains(run.err, "lpips is left out"));
  EXPECT_TRUE(contains(run.err, "rfid and rsfid are left out"));
}

TEST_F(Evaluate, WeightsAreFoundAndTheirAbsenceIsExplained) {
  const std::vector<std::string> words = {"evaluate",  in("a"), in("b"),
                                          "--metrics", "fid",   "--dry-run"};
  RunOptions options{.environment = {{"XDG_CACHE_HOME", folder_.path()}}};
  const ProgramRun none = run_gpstoken(words, options);
  EXPECT_EQ(none.exit_code, 4);
  for (const char* part : {"pt_inception-2015-12-05-6726825d.pth", "6726825d", "convert_weights",
                           "--inception", folder_.path().c_str()}) {
    EXPECT_TRUE(contains(none.err, part));
  }
  options.environment["GPST_HOME"] = rule_weights_folder();
  const ProgramRun found = run_gpstoken(words, options);
  EXPECT_EQ(found.exit_code, 0) << found.err;
  EXPECT_TRUE(contains(found.out, "would compute"));
}

TEST_F(Evaluate, BrokenPictureCostsItselfOnly) {
  write_folder(folder_ / "set", evaluation_pictures(0, 3));
  folder_.write("set/001.png", "no picture");
  folder_.write("set/notes.txt", "made on Monday");
  const ProgramRun run = evaluate({folder_ / "set", in("a"), "--metrics", "is"});
  ASSERT_EQ(run.exit_code, 7) << run.err;
  const json report = json::parse(run.out);
  EXPECT_EQ(report.at("n_samples"), 2);
  EXPECT_EQ(report.at("rejected"), 1);
  EXPECT_TRUE(contains(report.at("rejects").at(0).at("path"), "001.png"));
  EXPECT_TRUE(contains(run.err, "1 file skipped (1 .txt)"));
}

}  // namespace
}  // namespace gpst
