#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/config.h"
#include "cli/batch_option.h"
#include "sampler/class_list.h"
#include "sampler/sample_plan.h"

namespace gpst {

// What `gpstoken sample` is asked for: which pictures, and where they go.
struct SampleRequest {
  std::string preset = "none";
  std::string classes;
  bool all_classes = false;
  std::string labels_file;
  std::optional<int64_t> count;
  std::optional<int64_t> per_class;
  int64_t start = 0;
  std::optional<int64_t> layout_seed, texture_seed;
  std::string shard = "0/1";
  BatchOption batch;
  bool round = false;
  std::string output;
  std::string npz;
  bool grid = false;
  int64_t grid_columns = 0;

  void visit(FieldVisitor& visitor);

  // The request with what its preset stands for; what the call says itself is left alone.
  SampleRequest resolved() const;

  // The pictures of all shards. UsageError when the options do not say which classes, or say it
  // twice; otherwise as ClassTable.
  std::vector<SampleItem> all_items(const ClassTable& table) const;
  // Those of them that this call's shard makes. UsageError when there are none.
  std::vector<SampleItem> items_of_shard(const std::vector<SampleItem>& all) const;
};

// "i/n" with 0 <= i < n, else UsageError.
Shard parse_shard(const std::string& text);

}  // namespace gpst
