#include "cli/sample_identity.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/hash.h"
#include "cli/outputs.h"

namespace gpst {
namespace {

std::string hash_of(const std::filesystem::path& path) {
  return xxh3_hex(MappedFile(path.string()));
}

// Weights and configuration that a picture depends on.
std::string identity_of(const ModelFolder& model) {
  const Config& config = model.config();
  const auto store = model.layout_store();
  std::string settings =
      to_yaml(read_tokenizer_options(config)) + to_yaml(read_texture_options(config));
  if (!store) settings += to_yaml(read_layout_options(config));
  return fmt::format("tokenizer {}, texture {}, layouts {}, configuration {}",
                     hash_of(model.tokenizer_weights()), hash_of(model.texture_weights()),
                     hash_of(store ? *store : model.layout_weights()), xxh3_hex(settings));
}

std::string hash_of_labels(const std::vector<SampleItem>& items) {
  std::string text;
  for (const SampleItem& item : items) text += fmt::format("{} {}\n", item.index, item.label);
  return xxh3_hex(text);
}

// "gpst:settings" and "Software" as keys of JSON.
std::string key_of(const std::string& key) {
  if (key == "Software") return "software";
  const size_t colon = key.find(':');
  return colon == std::string::npos ? key : key.substr(colon + 1);
}

}  // namespace

std::vector<PngText> sample_text(const SampleJob& job) {
  // Only where something is shared, so that other pictures keep the text they have always had.
  const std::string same = job.request.same == Shared::none
                               ? ""
                               : fmt::format("same: {}\n", shared_name(job.request.same));
  const Provenance text{
      .command = "sample",
      .model = job.model.name(),
      .weights_id = identity_of(job.model),
      .settings = fmt::format("{}\nlayout_seed: {}\ntexture_seed: {}\nrounding: {}\n{}",
                              to_yaml(job.loaded.sampling), job.seeds.layout, job.seeds.texture,
                              job.rounding(), same),
      .device = job.place.device_kind(),
      .dtype = job.place.type_name()};
  return text.text();
}

std::string sample_comment(const SampleJob& job, const std::vector<PngText>& text) {
  nlohmann::ordered_json comment;
  for (const PngText& each : text) comment[key_of(each.key)] = each.value;
  comment["rounding"] = job.rounding();
  comment["label_policy"] = policy_name(job.request.labels);
  comment["n_samples"] = job.items.size();
  comment["start"] = job.request.start;
  comment["shard"] = shard_text(job.shard);
  comment["labels"] = hash_of_labels(job.items);
  return comment.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

}  // namespace gpst
