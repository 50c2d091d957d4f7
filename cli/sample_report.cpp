#include "cli/sample_report.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/error.h"
#include "base/files.h"
#include "cli/run_facts.h"

namespace gpst {
namespace {

nlohmann::json table_json(const std::vector<MeterRow>& table) {
  nlohmann::json rows = nlohmann::json::array();
  for (const MeterRow& row : table) {
    rows.push_back({{"seconds", row.seconds},
                    {"pictures", row.pictures},
                    {"pictures_per_second", row.pictures_per_second},
                    {"model_rows_per_second", row.model_rows_per_second},
                    {"peak_memory_bytes", row.peak_memory_bytes},
                    {"device_peak_memory_bytes", row.device_peak_memory_bytes}});
  }
  return rows;
}

// Of the pictures made: what was counted; without any, what is known before (null for dopri5).
nlohmann::json rows_per_picture(const SampleJob& job, const SampleEffort& effort) {
  if (job.loaded.rows_per_picture > 0) return job.loaded.rows_per_picture;
  if (effort.counts.made == 0) return nullptr;
  return static_cast<double>(effort.model_rows) / static_cast<double>(effort.counts.made);
}

}  // namespace

ClassCounts count_classes(const SamplePlan& plan) {
  std::map<int64_t, int64_t> counts;
  for (const int64_t label : plan.classes) counts[label] = 0;
  for (const SampleItem& item : plan.items) ++counts[item.label];
  const auto by_count = [](const auto& a, const auto& b) { return a.second < b.second; };
  const auto [least, most] = std::minmax_element(counts.begin(), counts.end(), by_count);
  return {least->second, most->second};
}

nlohmann::json sample_report(const SampleJob& job, const SampleEffort& effort) {
  const ClassCounts classes = count_classes(job.plan);
  const double rate =
      effort.cost.seconds > 0 ? static_cast<double>(effort.counts.made) / effort.cost.seconds : 0;
  nlohmann::json report = {{"n_samples", job.items.size()},
                           {"made", effort.counts.made},
                           {"kept", effort.counts.kept},
                           {"pictures_per_second", rate},
                           {"model", job.model.name()},
                           {"rows_per_picture", rows_per_picture(job, effort)},
                           {"model_rows", effort.model_rows},
                           {"sampling", to_yaml(job.loaded.sampling)},
                           {"layout_seed", job.seeds.layout},
                           {"texture_seed", job.seeds.texture},
                           {"rounding", job.rounding()},
                           {"label_policy", policy_name(job.request.labels)},
                           {"per_class_min", classes.least},
                           {"per_class_max", classes.most},
                           {"start", job.request.start},
                           {"shard", shard_text(job.shard)},
                           {"threads", effort.threads},
                           {"batch_size", effort.batch_size},
                           {"device_peak_memory_bytes", effort.device_peak_memory_bytes},
                           {"progress", table_json(effort.counts.table)},
                           {"output", job.request.output},
                           {"npz", shard_path(job.request.npz, job.shard).string()}};
  report.update(run_facts(job.place, effort.cost));
  return report;
}

void write_shared_file(const std::filesystem::path& path, const std::string& content) {
  constexpr int kTries = 50;
  constexpr auto kPause = std::chrono::milliseconds(100);
  for (int left = kTries;; --left) {
    if (path_exists(path.string()) && read_file(path.string()) == content) return;
    try {
      return write_file_atomic(path.string(), content);
    } catch (const IoError&) {
      if (left == 0 || !path_exists(path.string() + ".partial")) throw;
      std::this_thread::sleep_for(kPause);
    }
  }
}

}  // namespace gpst
