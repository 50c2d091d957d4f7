// The report of `gpstoken sample`.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "base/work_meter.h"
#include "cli/sample_identity.h"
#include "sampler/sample_writer.h"

namespace gpst {

// What the making took.
struct SampleEffort {
  SampleCounts counts;
  WorkCost cost;
  int64_t model_rows = 0;  // of the texture net, for the pictures made in this call
  int threads = 1;
  int64_t batch_size = 1;
  int64_t device_peak_memory_bytes = 0;
};

nlohmann::json sample_report(const SampleJob& job, const SampleEffort& effort);

// How often a chosen class occurs in the whole run: in a balanced run whose number is a multiple of
// the classes the two are equal.
struct ClassCounts {
  int64_t least = 0, most = 0;
};
ClassCounts count_classes(const SamplePlan& plan);

// Writes a file that every shard of a folder writes with the same name: waits for another shard
// that is at it, and leaves one with this content alone.
void write_shared_file(const std::filesystem::path& path, const std::string& content);

}  // namespace gpst
