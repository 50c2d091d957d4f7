#include "sampler/self_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/log.h"
#include "sampler/load_sampler.h"
#include "tokenizer/picture_tensor.h"

namespace gpst {
namespace {

using nlohmann::json;

constexpr int kBlocks = 8;

// Slopes, a board of squares and a disc: large and small regions for the partition. Integers only,
// so that every machine draws the same.
Picture8 test_picture(int side) {
  Picture8 picture(side, side);
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      const int dx = 2 * x - side, dy = 2 * y - side;
      const bool in_disc = 4 * (dx * dx + dy * dy) < side * side;
      uint8_t* rgb = picture.at(x, y);
      rgb[0] = static_cast<uint8_t>(x * 255 / side);
      rgb[1] = static_cast<uint8_t>(in_disc ? 220 : y * 255 / side);
      rgb[2] = static_cast<uint8_t>((x * 16 / side + y * 16 / side) % 2 == 0 ? 40 : 200);
    }
  }
  return picture;
}

// Mean colours of kBlocks x kBlocks blocks: [8,8,3].
std::vector<double> block_means(const Picture8& picture) {
  std::vector<double> sums(kBlocks * kBlocks * 3);
  std::vector<int> counts(kBlocks * kBlocks);
  for (int y = 0; y < picture.height; ++y) {
    for (int x = 0; x < picture.width; ++x) {
      const int block = y * kBlocks / picture.height * kBlocks + x * kBlocks / picture.width;
      ++counts[static_cast<size_t>(block)];
      for (int c = 0; c < 3; ++c) sums[static_cast<size_t>(block * 3 + c)] += picture.at(x, y)[c];
    }
  }
  for (size_t i = 0; i < sums.size(); ++i) sums[i] /= std::max(1, counts[i / 3]);
  return sums;
}

std::vector<double> reconstruct(const ModelFolder& model, Log& log, const ModelPlace& place) {
  const Tokenizer tokenizer =
      Tokenizer::load(model.config(), model.tokenizer_weights().string(), log)
          .to(place.device, place.type);
  const Picture8 picture = test_picture(static_cast<int>(tokenizer.options().tile_side()));
  return block_means(
      picture_from(tokenizer.decode(tokenizer.encode(picture_tensor(picture))), Rounding::nearest));
}

std::vector<double> sample(const ModelFolder& model, Log& log, const ModelPlace& place) {
  const ModelFolder quick =
      model.with_setting("sampling.solver", "euler").with_setting("sampling.steps", "5");
  const LoadedSampler loaded =
      load_sampler(quick, {.place = place, .rounding = Rounding::nearest}, log);
  return block_means(loaded.sampler.picture({}));
}

double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  if (a.size() != b.size()) return INFINITY;
  double largest = 0;
  for (size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
  return largest;
}

void compare(const char* what, const std::vector<double>& recorded, const std::vector<double>& now,
             std::vector<std::string>& differences) {
  const double largest = largest_difference(recorded, now);
  if (largest <= kSelfCheckTolerance) return;
  differences.push_back(fmt::format(
      "{}: mean colours differ from the recorded ones by up to {:.1f} levels (allowed {:.1f})",
      what, largest, kSelfCheckTolerance));
}

}  // namespace

SelfCheck run_self_check(const ModelFolder& model, Log& log, const ModelPlace& place) {
  SelfCheck check;
  for (const auto& path : model.own_weights()) {
    check.files[path.filename().string()] = xxh3_hex(MappedFile(path.string()));
  }
  check.reconstruction = reconstruct(model, log, place);
  const bool has_all_parts = check.files.size() == 3;
  if (has_all_parts) check.sample = sample(model, log, place);
  return check;
}

void write_self_check(const std::string& path, const SelfCheck& check) {
  const json object = {{"format", 1},
                       {"files", check.files},
                       {"reconstruction", check.reconstruction},
                       {"sample", check.sample}};
  write_file_atomic(path, object.dump(1) + "\n");
}

SelfCheck read_self_check(const std::string& path) {
  try {
    const json object = json::parse(read_file(path));
    if (object.at("format") != 1) {
      throw InputError(fmt::format("{}: format {}, expected 1", path, object.at("format").dump()));
    }
    return {.files = object.at("files"),
            .reconstruction = object.at("reconstruction"),
            .sample = object.at("sample")};
  } catch (const json::exception& error) {
    throw InputError(fmt::format("{}: not a self-check of this program: {}", path, error.what()));
  }
}

std::vector<std::string> self_check_differences(const SelfCheck& recorded, const SelfCheck& now) {
  std::vector<std::string> differences;
  for (const auto& [name, hash] : recorded.files) {
    const auto found = now.files.find(name);
    if (found == now.files.end()) {
      differences.push_back(fmt::format("{} was recorded but is not in the folder", name));
    } else if (found->second != hash) {
      differences.push_back(fmt::format("{}: checksum {}, recorded {}", name, found->second, hash));
    }
  }
  compare("reconstruction", recorded.reconstruction, now.reconstruction, differences);
  compare("sample", recorded.sample, now.sample, differences);
  return differences;
}

}  // namespace gpst
