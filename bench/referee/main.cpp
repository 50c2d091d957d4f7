// Judges samples of a small model by a classifier trained on the same pictures.
//
//   referee train PICTURES --classes TABLE.tsv [--held-out N] [--epochs N] -o referee.safetensors
//   referee judge SAMPLES.npz... --referee referee.safetensors --pictures PICTURES
//           --classes TABLE.tsv [--held-out N]
//
// PICTURES is a folder or tar of CLASS/NAME, 64x64; the held-out ones are those of `gpstoken
// train-tokenizer` with the same number. SAMPLES are of `gpstoken sample --npz`. judge prints a row
// for the held-out pictures and one for each file: share recognised (first, first five), Fréchet
// distance to the training pictures in the classifier's features, mean distance of two features of
// a class beside that of the held-out pictures, and distances to the nearest training picture, in
// levels of 255. The classifier never sees held-out pictures.
#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <exception>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/allocator.h"
#include "base/parallel.h"
#include "bench/referee/judgement.h"
#include "sampler/class_list.h"

namespace gpst::bench {
namespace {

constexpr int kSide = 64;
constexpr const char* kUsage =
    "usage: referee train PICTURES --classes TABLE.tsv [--held-out N] [--epochs N] -o FILE\n"
    "       referee judge SAMPLES.npz... --referee FILE --pictures PICTURES --classes TABLE.tsv "
    "[--held-out N]\n";

struct Settings {
  std::string what, classes, output, referee, pictures;
  std::vector<std::string> inputs;
  int64_t held_out = 1000, epochs = 20;
};

// None: the call cannot be understood.
std::optional<Settings> parse(std::span<char*> arguments) {
  Settings settings;
  if (arguments.size() < 2) return std::nullopt;
  settings.what = arguments[1];
  for (size_t i = 2; i < arguments.size(); ++i) {
    const std::string name = arguments[i];
    if (!name.starts_with("-")) {
      settings.inputs.push_back(name);
      continue;
    }
    if (i + 1 == arguments.size()) return std::nullopt;
    const char* value = arguments[++i];
    if (name == "--classes") {
      settings.classes = value;
    } else if (name == "-o") {
      settings.output = value;
    } else if (name == "--referee") {
      settings.referee = value;
    } else if (name == "--pictures") {
      settings.pictures = value;
    } else if (name == "--held-out") {
      settings.held_out = std::atoll(value);
    } else if (name == "--epochs") {
      settings.epochs = std::atoll(value);
    } else {
      return std::nullopt;
    }
  }
  const bool trains = settings.what == "train" && settings.inputs.size() == 1 &&
                      !settings.output.empty() && settings.epochs > 0;
  const bool judges =
      settings.what == "judge" && !settings.referee.empty() && !settings.pictures.empty();
  if ((!trains && !judges) || settings.classes.empty()) return std::nullopt;
  return settings;
}

double accuracy(const Opinions& opinions, const at::Tensor& labels) {
  return opinions.logits.argmax(1).eq(labels).to(at::kDouble).mean().item<double>();
}

void train(const Settings& settings) {
  const SplitPictures pictures =
      read_pictures(settings.inputs.front(), settings.classes, settings.held_out, kSide);
  const Classifier referee = Classifier::train(
      pictures.train,
      {.classes = ClassTable::from_file(settings.classes).size(), .epochs = settings.epochs},
      [](int64_t epoch, double loss) {
        fmt::print("epoch {}: loss {:.4f}\n", epoch, loss);
        std::fflush(stdout);
      });
  referee.save(settings.output);
  fmt::print("held-out pictures recognised: {:.3f}\n",
             accuracy(referee.judge(pictures.held_out), pictures.held_out.labels));
}

void print(const std::string& name, int64_t count, const Judgement& j, double real_diversity) {
  fmt::print("{:<28} {:>7} {:>7.3f} {:>7.3f} {:>8.2f} {:>9.2f} {:>9.1f} {:>8.1f}\n", name, count,
             j.top1, j.top5, j.frechet, j.diversity / real_diversity, j.nearest_least,
             j.nearest_median);
  std::fflush(stdout);
}

void judge_all(const Settings& settings) {
  const SplitPictures real =
      read_pictures(settings.pictures, settings.classes, settings.held_out, kSide);
  const Classifier referee = Classifier::load(settings.referee);
  const at::Tensor features = referee.judge(real.train).features;
  const Judgement held_out = judge(real.held_out, referee, real.train, features);
  fmt::print("{:<28} {:>7} {:>7} {:>7} {:>8} {:>9} {:>9} {:>8}\n", "pictures", "count", "top-1",
             "top-5", "Frechet", "diversity", "nearest", "median");
  print("held out", real.held_out.size(), held_out, held_out.diversity);
  for (const std::string& input : settings.inputs) {
    const LabelledPictures samples = read_samples(input);
    print(input, samples.size(), judge(samples, referee, real.train, features), held_out.diversity);
  }
}

}  // namespace
}  // namespace gpst::bench

int main(int count, char** arguments) {
  using namespace gpst::bench;
  const auto settings = parse({arguments, static_cast<size_t>(count)});
  if (!settings) {
    fmt::print(stderr, "{}", kUsage);
    return 2;
  }
  try {
    gpst::keep_freed_memory();
    at::set_num_threads(gpst::default_threads());
    settings->what == "train" ? train(*settings) : judge_all(*settings);
  } catch (const std::exception& error) {
    fmt::print(stderr, "referee: {}\n", error.what());
    return 1;
  }
  return 0;
}
