// Whether bfloat16 shows: pictures of a model made in both types, with the same seeds.
//
//   bf16_check [--model FOLDER] [--count N] [--threads N] [--grid FILE.png]
//
// Samples N pictures (256), of each class in turn, and reconstructs those made in float32. Prints
//
//   samples          mean PSNR between the types, of pictures that differ at all: at least 30 dB
//   reconstructions  the least PSNR between the types: at least 45 dB
//   refined tokens   the largest difference: of geometry at most 0.02, of features at most 0.04
//                    standard deviations of their channel
//
// and ends with 1 unless all hold. The grid shows the first samples, float32 left, bfloat16 right.
// On a processor without bfloat16 rounded values are multiplied in float32: the same precision.
#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/allocator.h"
#include "base/log.h"
#include "base/parallel.h"
#include "eval/pixel_metrics.h"
#include "image/draw.h"
#include "image/png.h"
#include "nn/worker_threads.h"
#include "ops/token_columns.h"
#include "sampler/load_sampler.h"
#include "tokenizer/picture_tensor.h"

namespace gpst::bench {
namespace {

constexpr double kLeastSamplePsnr = 30, kLeastReconstructionPsnr = 45;
constexpr double kMostGeometryDifference = 0.02, kMostFeatureDifference = 0.04;
constexpr int64_t kGridColumns = 5, kGridPictures = 20;  // of each half

struct Settings {
  std::string model = "models/tiny64";
  int64_t count = 256;
  int threads = default_threads();
  std::string grid = "";
};

// None: the call cannot be understood.
std::optional<Settings> parse(std::span<char*> arguments) {
  Settings settings;
  if (arguments.size() % 2 == 0) return std::nullopt;
  for (size_t i = 1; i < arguments.size(); i += 2) {
    const std::string_view name = arguments[i];
    const char* value = arguments[i + 1];
    if (name == "--model") {
      settings.model = value;
    } else if (name == "--count") {
      settings.count = std::atoll(value);
    } else if (name == "--threads") {
      settings.threads = std::atoi(value);
    } else if (name == "--grid") {
      settings.grid = value;
    } else {
      return std::nullopt;
    }
  }
  if (settings.count < 1 || settings.threads < 1) return std::nullopt;
  return settings;
}

// A picture in both types, and what became of the first through the tokenizer in both.
struct Compared {
  Picture8 fp32, bf16;
  double sample_psnr = 0;  // infinite for pictures that do not differ
  double reconstruction_psnr = 0;
  at::Tensor tokens_fp32 = {}, tokens_bf16 = {};  // [1,l,5+c]
};

double psnr_or_infinite(const Picture8& a, const Picture8& b) {
  return psnr(a, b).value_or(std::numeric_limits<double>::infinity());
}

struct Reconstructed {
  at::Tensor tokens;
  Picture8 picture;
};

Reconstructed reconstruct(const Tokenizer& tokenizer, const Picture8& picture) {
  const EncodedPicture encoded = tokenizer.encode(picture_tensor(picture));
  return {encoded.tokens.values(), picture_from(tokenizer.decode(encoded), Rounding::nearest)};
}

Compared compare(const PictureSampler& fp32, const PictureSampler& bf16, const SampleItem& item) {
  Compared result{.fp32 = fp32.picture(item), .bf16 = bf16.picture(item)};
  Reconstructed a = reconstruct(fp32.tokenizer(), result.fp32);
  Reconstructed b = reconstruct(bf16.tokenizer(), result.fp32);
  result.sample_psnr = psnr_or_infinite(result.fp32, result.bf16);
  result.reconstruction_psnr = psnr_or_infinite(a.picture, b.picture);
  result.tokens_fp32 = std::move(a.tokens);
  result.tokens_bf16 = std::move(b.tokens);
  return result;
}

LoadedSampler load(const std::string& model, at::ScalarType type) {
  const ModelFolder folder = ModelFolder::open(ModelFiles{.tokenizer = {.model = model}}, Config(),
                                               ModelFolder::ConfigFile::absent);
  return load_sampler(folder, {.place = {.type = type}}, Log::silent());
}

std::vector<Compared> compare_all(const Settings& settings) {
  const LoadedSampler fp32 = load(settings.model, at::kFloat);
  const LoadedSampler bf16 = load(settings.model, at::kBFloat16);
  std::vector<Compared> results(static_cast<size_t>(settings.count));
  for_each_on_workers(settings.count, settings.threads, [&](int64_t i, int) {
    const SampleItem item{.index = i, .label = i % fp32.classes, .nth = i / fp32.classes};
    results[static_cast<size_t>(i)] = compare(fp32.sampler, bf16.sampler, item);
  });
  return results;
}

void write_grid(const std::string& path, const std::vector<Compared>& results) {
  std::vector<Picture8> fp32, bf16;
  for (size_t i = 0; i < std::min<size_t>(kGridPictures, results.size()); ++i) {
    fp32.push_back(results[i].fp32);
    bf16.push_back(results[i].bf16);
  }
  const GridOptions options{.columns = kGridColumns};
  write_png(path, hstack(std::vector{make_grid(fp32, options), make_grid(bf16, options)}, 8));
}

struct TokenDifference {
  double geometry = 0;
  double features = 0;  // in standard deviations
};

TokenDifference largest_difference(const std::vector<Compared>& results) {
  std::vector<at::Tensor> fp32, bf16;
  for (const Compared& one : results) {
    fp32.push_back(one.tokens_fp32);
    bf16.push_back(one.tokens_bf16);
  }
  const at::Tensor all = at::cat(fp32);                       // [N,l,5+c]
  const at::Tensor difference = (all - at::cat(bf16)).abs();  // [N,l,5+c]
  const at::Tensor most = difference.amax({0, 1});            // [5+c]
  const at::Tensor in_deviations = most / at::std(all, at::IntArrayRef{0, 1}, false);
  return {most.slice(0, 0, kGeometry).max().item<double>(),
          in_deviations.slice(0, kGeometry).max().item<double>()};
}

bool line(const char* what, const std::string& found, bool holds) {
  fmt::print("{:<16} {}: {}\n", what, found, holds ? "holds" : "DOES NOT HOLD");
  return holds;
}

// Prints the three lines; whether all hold.
bool report(const std::vector<Compared>& results) {
  double sum = 0, least = 1e30, least_reconstruction = 1e30;
  size_t differ = 0;
  for (const Compared& one : results) {
    least_reconstruction = std::min(least_reconstruction, one.reconstruction_psnr);
    if (std::isinf(one.sample_psnr)) continue;
    ++differ;
    sum += one.sample_psnr;
    least = std::min(least, one.sample_psnr);
  }
  const double mean = differ == 0 ? 1e30 : sum / static_cast<double>(differ);
  bool all = line("samples",
                  fmt::format("PSNR mean {:.1f} dB, least {:.1f}, {} of {} differ", mean, least,
                              differ, results.size()),
                  mean >= kLeastSamplePsnr);
  all &= line("reconstructions", fmt::format("PSNR least {:.1f} dB", least_reconstruction),
              least_reconstruction >= kLeastReconstructionPsnr);
  const TokenDifference tokens = largest_difference(results);
  all &=
      line("refined tokens",
           fmt::format("geometry at most {:.4f}, features {:.4f} deviations", tokens.geometry,
                       tokens.features),
           tokens.geometry <= kMostGeometryDifference && tokens.features <= kMostFeatureDifference);
  return all;
}

int run(const Settings& settings) {
  keep_freed_memory();
  const std::vector<Compared> results = compare_all(settings);
  if (!settings.grid.empty()) write_grid(settings.grid, results);
  return report(results) ? 0 : 1;
}

}  // namespace
}  // namespace gpst::bench

int main(int count, char** arguments) {
  const auto settings = gpst::bench::parse({arguments, static_cast<size_t>(count)});
  if (!settings) {
    fmt::print(stderr,
               "usage: bf16_check [--model FOLDER] [--count N] [--threads N] [--grid FILE.png]\n");
    return 2;
  }
  try {
    return gpst::bench::run(*settings);
  } catch (const std::exception& error) {
    fmt::print(stderr, "bf16_check: {}\n", error.what());
    return 3;
  }
}
