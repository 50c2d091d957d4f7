// What the data of training take: own memory and time a batch, by the number of examples.
//   data_bench [FOLDER [ROWS...]]    default: a folder in the system's temporary one; 1000 20000
//   1000000
// Tokens: shards whose values are holes in the files, so that a million rows need no disk.
// Pictures: one tar of so many PNGs of 64x64, nothing kept of them in memory. Memory
// is what the process has allocated (RssAnon); mapped pages of files are the system's to drop.
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/log.h"
#include "image/png.h"
#include "tokenizer/config.h"
#include "train/held_out.h"
#include "train/token_examples.h"
#include "train/token_shard.h"
#include "train/training_pictures.h"

namespace {

namespace fs = std::filesystem;
using namespace gpst;
using Clock = std::chrono::steady_clock;

constexpr int64_t kTokens = 64, kChannels = 17;  // as tiny64
constexpr int64_t kShardSize = 4096;
constexpr int64_t kBatch = 64, kBatches = 50;

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

// MiB that belong to this process alone.
double own_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("RssAnon:")) return std::stod(line.substr(8)) / 1024;
  }
  return 0;
}

// In a process of its own, so that nothing is left from the measurement before.
void apart(const std::function<void()>& measure) {
  std::fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    try {
      measure();
      std::fflush(stdout);
      _exit(0);
    } catch (const std::exception& error) {
      fmt::print(stderr, "data_bench: {}\n", error.what());
      _exit(1);
    }
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (status != 0) throw std::runtime_error("a measurement failed");
}

// A shard with `count` rows of zeros, most of it a hole.
void write_hollow_shard(const fs::path& path, int64_t count) {
  struct Tensor {
    std::string name, type, shape;
    int64_t bytes;
  };
  const auto of = [&](const char* name, int64_t columns) {
    return Tensor{name, "F32", fmt::format("[{},{},{}]", count, kTokens, columns),
                  4 * count * kTokens * columns};
  };
  const std::vector<Tensor> tensors = {
      of(shard_tensor::kTokens, kChannels), of(shard_tensor::kTokensFlip, kChannels),
      of(shard_tensor::kInitial, 5), of(shard_tensor::kInitialFlip, 5),
      Tensor{shard_tensor::kLabels, "I32", fmt::format("[{}]", count), 4 * count}};
  std::string header = "{";
  int64_t end = 0;
  for (const Tensor& tensor : tensors) {
    header += fmt::format("{}\"{}\":{{\"dtype\":\"{}\",\"shape\":{},\"data_offsets\":[{},{}]}}",
                          end == 0 ? "" : ",", tensor.name, tensor.type, tensor.shape, end,
                          end + tensor.bytes);
    end += tensor.bytes;
  }
  header += "}";
  header.resize((header.size() + 7) / 8 * 8, ' ');
  const uint64_t length = header.size();
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(&length), 8);
  file << header;
  file.close();
  fs::resize_file(path, 8 + length + static_cast<uint64_t>(end));
}

void write_hollow_tokens(const fs::path& folder, int64_t rows) {
  fs::create_directories(folder);
  TokenIndex index;
  index.tokens = kTokens;
  index.channels = kChannels;
  index.classes = 1000;
  index.flips = true;
  index.dtype = "F32";
  index.resize = "bilinear";
  index.shard_size = kShardSize;
  index.pictures = rows;
  for (int64_t first = 0; first < rows; first += kShardSize) {
    const int64_t count = std::min(kShardSize, rows - first);
    const std::string name = shard_name(static_cast<int64_t>(index.shards.size()));
    write_hollow_shard(folder / name, count);
    index.shards.push_back({name, count, "none"});
  }
  index.complete = true;
  write_token_index(folder, index);
}

void measure_tokens(const fs::path& folder, int64_t rows) {
  write_hollow_tokens(folder, rows);
  apart([&] {
    const double before = own_memory();
    auto start = Clock::now();
    const TokenExamples examples(TokenDataset::open(folder), {.flips = true, .held_out = rows / 50},
                                 1);
    const double opening = milliseconds_since(start), opened = own_memory();
    const DrawOptions draws{.no_class = 1000, .channels = kChannels};
    start = Clock::now();
    for (int64_t step = 0; step < kBatches; ++step) {
      const BatchPart part{.step = step + 1, .first = step * kBatch, .count = kBatch};
      const TokenBatch batch = examples.batch(part);
      examples.draws(batch, part, draws);
    }
    const double a_batch = milliseconds_since(start) / kBatches;
    fmt::print(
        "tokens    {:>9} rows      open {:8.1f} ms, {:7.2f} MiB; a batch of {} {:6.2f} ms; "
        "after {} batches {:7.2f} MiB\n",
        rows, opening, opened - before, kBatch, a_batch, kBatches, own_memory() - before);
  });
  fs::remove_all(folder);
}

// One picture again and again under different names: ustar headers of 512 bytes.
void write_tar(const fs::path& path, const std::string& picture, int64_t count) {
  std::ofstream file(path, std::ios::binary);
  const std::string padding((512 - picture.size() % 512) % 512, '\0');
  for (int64_t i = 0; i < count; ++i) {
    std::string header(512, '\0');
    const auto put = [&](size_t place, const std::string& text) {
      header.replace(place, text.size(), text);
    };
    put(0, fmt::format("{:04}/{:08}.png", i % 1000, i));
    put(100, "0000644");
    put(124, fmt::format("{:011o}", picture.size()));
    put(136, "00000000000");
    put(148, "        ");
    put(156, "0");
    put(257, std::string("ustar\0"
                         "00",
                         8));
    int64_t sum = 0;
    for (const char byte : header) sum += static_cast<uint8_t>(byte);
    put(148, fmt::format("{:06o}", sum) + '\0');
    file << header << picture << padding;
  }
  file << std::string(1024, '\0');
}

void measure_pictures(const fs::path& folder, int64_t count) {
  fs::create_directories(folder);
  Picture8 picture(64, 64);
  for (size_t i = 0; i < picture.rgb.size(); ++i) {
    picture.rgb[i] = static_cast<uint8_t>(i / 192 + (i % 192 < 96 ? 0 : i * i / 7));
  }
  write_png((folder / "picture.png").string(), picture);
  std::ifstream png(folder / "picture.png", std::ios::binary);
  write_tar(folder / "pictures.tar", {std::istreambuf_iterator<char>(png), {}}, count);
  apart([&] {
    const double before = own_memory();
    auto start = Clock::now();
    PictureSource source = PictureSource::open({(folder / "pictures.tar").string()});
    const double opening = milliseconds_since(start), listed = own_memory();
    const HeldOutSplit split = split_held_out(source, count / 50);
    TokenizerOptions options;
    options.decoder.resolution = 64;
    options.gps.gps_num = 64;
    options.gps.gps_rs = {32, 32};
    options.gps.gps_minhw = 4;
    TrainingPictures pictures(std::move(source), options, ResizeMode::bilinear, 0, Log::silent());
    const double ready = own_memory();
    start = Clock::now();
    for (int64_t step = 0; step < kBatches; ++step) {
      std::vector<PictureRequest> requests;
      for (int64_t i = 0; i < kBatch; ++i) {
        requests.push_back({.index = pictures.readable(split.train, step * kBatch + i)});
      }
      pictures.batch(requests);
    }
    fmt::print(
        "pictures  {:>9} in a tar  open {:8.1f} ms, names {:7.2f} MiB, split and state "
        "{:7.2f} MiB; a batch of {} {:6.2f} ms; after {} batches {:7.2f} MiB\n",
        count, opening, listed - before, ready - listed, kBatch,
        milliseconds_since(start) / kBatches, kBatches, own_memory() - before);
  });
  fs::remove_all(folder);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const fs::path folder =
        argc > 1 ? fs::path(argv[1]) : fs::temp_directory_path() / "gpst_data_bench";
    std::vector<int64_t> counts;
    for (int i = 2; i < argc; ++i) counts.push_back(std::stoll(argv[i]));
    if (counts.empty()) counts = {1000, 20000, 1000000};
    for (const int64_t count : counts) measure_tokens(folder / "tokens", count);
    for (const int64_t count : counts) measure_pictures(folder / "pictures", count);
  } catch (const std::exception& error) {
    fmt::print(stderr, "data_bench: {}\n", error.what());
    return 1;
  }
}
