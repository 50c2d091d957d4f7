#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/config.h"
#include "cli/batch_option.h"
#include "sampler/class_list.h"
#include "sampler/sample_plan.h"

namespace gpst {

// How the pictures of a run get their classes.
enum class LabelPolicy { balanced, random };

// All pictures of a run, whatever the shard.
struct SamplePlan {
  std::vector<int64_t> classes;   // chosen, repeats kept
  std::vector<SampleItem> items;  // by index
};

// What `gpstoken sample` is asked for: which pictures, and where they go.
struct SampleRequest {
  std::string preset = "none";
  std::string classes;
  bool all_classes = false;
  std::string labels_file;
  LabelPolicy labels = LabelPolicy::balanced;
  std::optional<int64_t> count;
  std::optional<int64_t> per_class;
  int64_t start = 0;
  std::optional<int64_t> layout_seed, texture_seed;
  Shared same = Shared::none;
  std::string shard;  // "" as the launcher's variables say, else all
  BatchOption batch;
  bool round = false;
  std::string output;
  std::string npz;
  bool grid = false;
  int64_t grid_columns = 0;

  void visit(FieldVisitor& visitor);

  // The request with what its preset stands for; what the call says itself is left alone.
  SampleRequest resolved() const;

  // `seed` is that of random labels. UsageError when the options do not say which classes, or say
  // it twice; otherwise as ClassTable.
  SamplePlan plan(const ClassTable& table, uint64_t seed) const;

  // UsageError when the pictures have nowhere to go.
  void check_outputs() const;
};

std::string_view policy_name(LabelPolicy policy);  // "balanced", "random"
std::string_view shared_name(Shared what);         // "none", "layout", "texture"

// The pictures a shard makes. UsageError when there are none.
std::vector<SampleItem> items_of_shard(const std::vector<SampleItem>& all, Shard shard);

// "i/n" with 0 <= i < n, else UsageError.
Shard parse_shard(const std::string& text);

// "0/4".
std::string shard_text(Shard shard);

// A file of one shard: samples.npz becomes samples.0-of-4.npz; unchanged where there is one shard.
std::filesystem::path shard_path(const std::filesystem::path& path, Shard shard);

}  // namespace gpst
