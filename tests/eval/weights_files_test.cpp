#include "eval/weights_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <optional>
#include <string>

#include "base/error.h"
#include "base/sha256.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace gpst {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// The variables that name folders point into a folder of the test, the others are unset.
class WeightsFilesTest : public testing::Test {
 protected:
  WeightsFilesTest() {
    for (auto& [name, saved] : variables_) {
      if (const char* value = getenv(name)) saved = value;
      unsetenv(name);
    }
    set("HOME", folder_ / "user");
  }
  ~WeightsFilesTest() override {
    for (const auto& [name, saved] : variables_) {
      saved ? setenv(name, saved->c_str(), 1) : unsetenv(name);
    }
  }
  void set(const char* name, const std::string& value) { setenv(name, value.c_str(), 1); }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  template <typename Expected>
  std::string message(WeightsKind kind, const std::vector<std::string>& given = {}) {
    return message_of<Expected>([&] { find_weights(kind, given); });
  }

  TemporaryFolder folder_;
  std::vector<std::pair<const char*, std::optional<std::string>>> variables_ = {
      {"HOME", {}}, {"GPST_HOME", {}}, {"XDG_CACHE_HOME", {}}, {"TORCH_HOME", {}}};
};

TEST_F(WeightsFilesTest, folders_in_order) {
  EXPECT_THAT(weights_search_path(),
              ElementsAre(path("user/.cache/gpstoken"), path("user/.cache/torch/hub/checkpoints")));
  set("XDG_CACHE_HOME", path("cache"));
  set("GPST_HOME", path("home"));
  set("TORCH_HOME", path("torch"));
  EXPECT_THAT(weights_search_path(),
              ElementsAre(path("home"), path("home/weights"), path("cache/gpstoken"),
                          path("torch/hub/checkpoints")));
}

TEST_F(WeightsFilesTest, own_names_come_before_folders) {
  const std::string hub = "user/.cache/torch/hub/checkpoints/";
  folder_.write(hub + "pt_inception-2015-12-05-6726825d.safetensors", "a");
  EXPECT_THAT(find_weights(WeightsKind::inception).paths,
              ElementsAre(path(hub + "pt_inception-2015-12-05-6726825d.safetensors")));
  folder_.write(hub + "inception-2015-12-05.safetensors", "b");
  EXPECT_THAT(find_weights(WeightsKind::inception).paths,
              ElementsAre(path(hub + "inception-2015-12-05.safetensors")));
  set("GPST_HOME", path("home"));
  folder_.write("home/weights/inception-2015-12-05.safetensors", "c");
  EXPECT_THAT(find_weights(WeightsKind::inception).paths,
              ElementsAre(path("home/weights/inception-2015-12-05.safetensors")));
  EXPECT_THAT(
      find_weights(WeightsKind::inception, {path(hub + "inception-2015-12-05.safetensors")}).paths,
      ElementsAre(path(hub + "inception-2015-12-05.safetensors")));
}

TEST_F(WeightsFilesTest, missing_weights_are_described) {
  const std::string inception = message<IoError>(WeightsKind::inception);
  EXPECT_THAT(inception, HasSubstr("--inception is not given"));
  EXPECT_THAT(inception, HasSubstr("fid_weights/pt_inception-2015-12-05-6726825d.pth (SHA-256 "
                                   "begins with 6726825d)"));
  EXPECT_THAT(inception,
              HasSubstr("scripts/convert_weights pt_inception-2015-12-05-6726825d.pth -o " +
                        path("user/.cache/gpstoken/inception-2015-12-05.safetensors")));
  EXPECT_THAT(inception, Not(HasSubstr("both")));

  set("GPST_HOME", path("home"));
  EXPECT_THAT(
      message<IoError>(WeightsKind::lpips_vgg16),
      HasSubstr("scripts/convert_weights vgg16-397923af.pth vgg.pth --drop classifier. -o " +
                path("home/lpips-vgg16.safetensors")));
  EXPECT_THAT(message<IoError>(WeightsKind::lpips_alexnet),
              HasSubstr("df73285e35b22355a2df87cdb6b70b343713b667eddbda73e1977e0c860835c0"));
}

TEST_F(WeightsFilesTest, a_file_of_torch_on_the_way_stands_in_the_call) {
  const std::string hub = path("my torch/hub/checkpoints/");
  set("TORCH_HOME", path("my torch"));
  folder_.write("my torch/hub/checkpoints/vgg16-397923af.pth", "a");
  std::string text = message<IoError>(WeightsKind::lpips_vgg16);
  EXPECT_THAT(text, HasSubstr("convert_weights '" + hub + "vgg16-397923af.pth' vgg.pth --drop"));
  EXPECT_THAT(text, Not(HasSubstr("vgg16-397923af.pth from")));
  folder_.write("user/.cache/gpstoken/vgg.pth", "a");
  text = message<IoError>(WeightsKind::lpips_vgg16);
  EXPECT_THAT(text, HasSubstr("pth' " + path("user/.cache/gpstoken/vgg.pth") + " --drop"));
  EXPECT_THAT(text, HasSubstr("The published file"));
}

TEST_F(WeightsFilesTest, without_any_folder) {
  unsetenv("HOME");
  EXPECT_THAT(weights_search_path(), ElementsAre());
  EXPECT_THAT(message<IoError>(WeightsKind::inception), HasSubstr("neither GPST_HOME nor HOME"));
}

TEST_F(WeightsFilesTest, given_files) {
  EXPECT_THAT(message<IoError>(WeightsKind::inception, {path("absent.safetensors")}),
              HasSubstr("--inception: there is no file " + path("absent.safetensors")));
  EXPECT_THAT(message<InputError>(WeightsKind::inception, {folder_.path().string()}),
              HasSubstr("is a folder"));
  const std::string pickle = folder_.write("it's.pth", "a");
  EXPECT_THAT(message<InputError>(WeightsKind::lpips_vgg16, {pickle}),
              HasSubstr("scripts/convert_weights '" + path("it'\\''s.pth") +
                        "' --drop classifier. -o '" + path("it'\\''s.safetensors'")));
  EXPECT_THAT(message<UsageError>(WeightsKind::inception, {"a", "b"}),
              HasSubstr("at most 1 file(s), found 2"));
}

TEST_F(WeightsFilesTest, checksums_of_all_files) {
  const std::string a = folder_.write("a", "abc"), b = folder_.write("b", "");
  EXPECT_EQ(weights_sha256({{a}}), sha256_hex("abc"));
  EXPECT_EQ(weights_sha256({{a, b}}), sha256_hex("abc") + "+" + sha256_hex(""));
  EXPECT_THROW(weights_sha256({{path("absent")}}), IoError);
}

}  // namespace
}  // namespace gpst
