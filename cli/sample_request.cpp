#include "cli/sample_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <sstream>

#include "base/error.h"
#include "base/files.h"

namespace gpst {
namespace {

constexpr std::array<EnumName<LabelPolicy>, 2> kPolicies{
    {{LabelPolicy::balanced, "balanced"}, {LabelPolicy::random, "random"}}};

constexpr std::array<EnumName<Shared>, 3> kShared{
    {{Shared::none, "none"}, {Shared::layout, "layout"}, {Shared::texture, "texture"}}};

std::vector<int64_t> classes_of_file(const std::string& path, const ClassTable& table) {
  std::istringstream lines(read_file(path));
  std::vector<int64_t> classes;
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (!line.empty()) classes.push_back(table.label_of(line));
  }
  if (classes.empty()) throw InputError(path + ": no classes in it; expected one a line");
  return classes;
}

std::vector<int64_t> chosen_classes(const SampleRequest& request, const ClassTable& table) {
  const int given = static_cast<int>(!request.classes.empty()) +
                    static_cast<int>(request.all_classes) +
                    static_cast<int>(!request.labels_file.empty());
  if (given != 1) {
    throw UsageError("say which classes: one of --classes LIST, --all-classes, --labels-file FILE");
  }
  if (!request.classes.empty()) return table.parse_list(request.classes);
  if (!request.labels_file.empty()) return classes_of_file(request.labels_file, table);
  std::vector<int64_t> all(static_cast<size_t>(table.size()));
  std::iota(all.begin(), all.end(), int64_t{0});
  return all;
}

}  // namespace

void SampleRequest::visit(FieldVisitor& v) {
  v.field({.name = "preset",
           .help = "fid-50k: 50000 pictures of all classes, also as OUTPUT/samples.npz with an "
                   "output folder",
           .choices = {"none", "fid-50k"}},
          preset);
  v.field({.name = "classes", .help = "numbers, names or wnids: 3,lion,n02129165"}, classes);
  v.field({.name = "all_classes", .help = "every class of the model"}, all_classes);
  v.field({.name = "labels_file", .help = "file with one class a line"}, labels_file);
  enum_field(
      v,
      {.name = "labels",
       .help = "balanced: picture i has class i mod K of the K chosen ones; random: uniform"},
      labels, kPolicies);
  v.field({.name = "count", .help = "pictures in all (default: one a class)", .min = 1}, count);
  v.field({.name = "per_class", .help = "pictures of each class", .min = 1}, per_class);
  v.field({.name = "start", .help = "index of the first picture", .min = 0}, start);
  v.field({.name = "layout_seed", .help = "seed of the layouts; --seed without", .min = 0},
          layout_seed);
  v.field({.name = "texture_seed", .help = "seed of the textures; --seed without", .min = 0},
          texture_seed);
  enum_field(v,
             {.name = "same",
              .help = "what the pictures of a class have in common with its first: their layout, "
                      "or the noise their texture is made from"},
             same, kShared);
  v.field({.name = "shard",
           .help = "i/n: only every nth picture, from the ith (0 <= i < n); without: the rank that "
                   "torchrun, mpirun or srun gave this process, else 0/1, all"},
          shard);
  batch.visit(v);
  v.field({.name = "round", .help = "round to 8 bits instead of truncating as published"}, round);
  v.field(
      {.name = "output", .help = "folder of the pictures; without it they go straight into --npz"},
      output);
  v.field({.name = "npz", .help = "one npz of all pictures (arr_0) and labels (arr_1)"}, npz);
  v.field({.name = "grid", .help = "also grid.png of all pictures, in the output folder"}, grid);
  v.field({.name = "grid_columns", .help = "columns of the grid; 0: near-square", .min = 0},
          grid_columns);
}

SampleRequest SampleRequest::resolved() const {
  SampleRequest request = *this;
  if (preset != "fid-50k") return request;
  if (classes.empty() && labels_file.empty()) request.all_classes = true;
  if (!count && !per_class) request.count = 50000;
  if (npz.empty() && !output.empty()) request.npz = output + "/samples.npz";
  return request;
}

SamplePlan SampleRequest::plan(const ClassTable& table, uint64_t seed) const {
  if (count && per_class) throw UsageError("--count and --per-class exclude each other");
  if (labels == LabelPolicy::random && per_class) {
    throw UsageError(
        "--per-class asks for equal numbers, --labels random for drawn ones: give "
        "--count with it");
  }
  SamplePlan plan{.classes = chosen_classes(*this, table), .items = {}};
  const auto kinds = static_cast<int64_t>(plan.classes.size());
  const int64_t number = count.value_or(per_class.value_or(1) * kinds);
  const auto items = [&](int64_t first, int64_t how_many) {
    return labels == LabelPolicy::random ? plan_random_samples(plan.classes, first, how_many, seed)
                                         : plan_samples(plan.classes, first, how_many);
  };
  if (same == Shared::none) {
    plan.items = items(start, number);
  } else {
    plan.items = items(0, start + number);
    share_with_first(plan.items, same);
    plan.items.erase(plan.items.begin(), plan.items.begin() + start);
  }
  return plan;
}

void SampleRequest::check_outputs() const {
  if (!output.empty()) return;
  if (npz.empty()) {
    throw UsageError(
        "-o, --output: the folder of the pictures is missing (or --npz FILE, for an npz alone)");
  }
  if (npz.ends_with(".json")) {
    throw UsageError(
        fmt::format("--npz {}: this is the name of its report; give one in .npz", npz));
  }
  if (grid) throw UsageError("--grid: grid.png goes to the folder of the pictures; give -o too");
}

std::string_view shared_name(Shared what) { return kShared[static_cast<size_t>(what)].name; }

std::string_view policy_name(LabelPolicy policy) {
  return kPolicies[static_cast<size_t>(policy)].name;
}

std::vector<SampleItem> items_of_shard(const std::vector<SampleItem>& all, Shard shard) {
  std::vector<SampleItem> items = select_shard(all, shard);
  if (items.empty()) {
    throw UsageError(
        fmt::format("--shard {}: none of the {} pictures is in it", shard_text(shard), all.size()));
  }
  return items;
}

Shard parse_shard(const std::string& text) {
  Shard shard;
  char slash = 0, rest = 0;
  std::istringstream stream(text);
  if (!(stream >> shard.number >> slash >> shard.count) || slash != '/' || (stream >> rest) ||
      shard.number < 0 || shard.count < 1 || shard.number >= shard.count) {
    throw UsageError(
        fmt::format("--shard {}: expected i/n with 0 <= i < n, for example 0/4", text));
  }
  return shard;
}

std::string shard_text(Shard shard) { return fmt::format("{}/{}", shard.number, shard.count); }

std::filesystem::path shard_path(const std::filesystem::path& path, Shard shard) {
  if (shard.count == 1 || path.empty()) return path;
  return path.parent_path() / fmt::format("{}.{}-of-{}{}", path.stem().string(), shard.number,
                                          shard.count, path.extension().string());
}

}  // namespace gpst
