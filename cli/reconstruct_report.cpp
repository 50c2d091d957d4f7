#include "cli/reconstruct_report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/system.h"
#include "cli/run_facts.h"

namespace gpst {
namespace {

using nlohmann::json;

constexpr size_t kMostRows = 40;

json picture_json(const ReconstructedPicture& picture) {
  return {{"path", picture.path},
          {"psnr", picture.psnr ? json(*picture.psnr) : json(nullptr)},
          {"ssim", picture.ssim},
          {"tokens", picture.tokens},
          {"time", picture.encode_seconds + picture.decode_seconds},
          {"encode_time", picture.encode_seconds},
          {"decode_time", picture.decode_seconds},
          {"kept", picture.state == ReconstructedPicture::State::kept}};
}

// The mean of one key over the pictures that have a value; null when none has.
json mean_of(const json& images, const char* key) {
  double sum = 0;
  int64_t count = 0;
  for (const json& image : images) {
    if (!image.at(key).is_number()) continue;
    sum += image.at(key).get<double>();
    ++count;
  }
  return count == 0 ? json(nullptr) : json(sum / static_cast<double>(count));
}

std::string number_text(const json& value, const char* form) {
  return value.is_null() ? "identical" : fmt::format(fmt::runtime(form), value.get<double>());
}

std::string row(const std::string& name, const json& values) {
  return fmt::format(
      "{:<40} {:>9} {:>8} {:>8} {:>8}\n", name, number_text(values.at("psnr"), "{:.3f}"),
      number_text(values.at("ssim"), "{:.4f}"), number_text(values.at("tokens"), "{:.0f}"),
      number_text(values.at("time"), "{:.3f}"));
}

}  // namespace

json report_json(const ReconstructRun& run, const std::vector<ReconstructedPicture>& pictures) {
  json images = json::array();
  int64_t identical = 0;
  for (const ReconstructedPicture& picture : pictures) {
    if (picture.state == ReconstructedPicture::State::rejected) continue;
    images.push_back(picture_json(picture));
    if (!picture.psnr) ++identical;
  }
  json report = {{"version", code_version()},
                 {"model", run.model},
                 {"weights_xxh3", run.weights_id},
                 {"settings", run.settings},
                 {"batch_size", run.batch_size},
                 {"size", run.side},
                 {"ssim_kind", "wang"},
                 {"n_samples", images.size()},
                 {"rejected", pictures.size() - images.size()},
                 {"identical", identical}};
  report.update(run_facts(run.place, run.cost));
  for (const char* key : {"psnr", "ssim", "tokens", "time"}) report[key] = mean_of(images, key);
  report["images"] = std::move(images);
  return report;
}

std::string report_text(const json& report) {
  const json& images = report.at("images");
  if (images.empty()) return "no picture was reconstructed\n";
  std::string text =
      fmt::format("{:<40} {:>9} {:>8} {:>8} {:>8}\n", "picture", "PSNR dB", "SSIM", "tokens", "s");
  if (images.size() <= kMostRows) {
    for (const json& image : images) text += row(image.at("path").get<std::string>(), image);
  }
  return text + row(fmt::format("mean of {}", images.size()), report);
}

}  // namespace gpst
