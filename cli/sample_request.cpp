#include "cli/sample_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <sstream>

#include "base/error.h"
#include "base/files.h"

namespace gpst {
namespace {

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
           .help = "fid-50k: 50000 pictures of all classes, also as OUTPUT/samples.npz",
           .choices = {"none", "fid-50k"}},
          preset);
  v.field({.name = "classes", .help = "numbers, names or wnids: 3,lion,n02129165"}, classes);
  v.field({.name = "all_classes", .help = "every class of the model"}, all_classes);
  v.field({.name = "labels_file", .help = "file with one class a line"}, labels_file);
  v.field({.name = "count", .help = "pictures in all (default: one a class)", .min = 1}, count);
  v.field({.name = "per_class", .help = "pictures of each class", .min = 1}, per_class);
  v.field({.name = "start", .help = "index of the first picture", .min = 0}, start);
  v.field({.name = "layout_seed", .help = "seed of the layouts; --seed without", .min = 0},
          layout_seed);
  v.field({.name = "texture_seed", .help = "seed of the textures; --seed without", .min = 0},
          texture_seed);
  v.field({.name = "shard", .help = "i/n: only every nth picture, from the ith (0 <= i < n)"},
          shard);
  batch.visit(v);
  v.field({.name = "round", .help = "round to 8 bits instead of truncating as published"}, round);
  v.field({.name = "output", .help = "folder of the pictures"}, output);
  v.field({.name = "npz", .help = "also one npz of all pictures (arr_0) and labels (arr_1)"}, npz);
  v.field({.name = "grid", .help = "also grid.png of all pictures"}, grid);
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

std::vector<SampleItem> SampleRequest::all_items(const ClassTable& table) const {
  if (count && per_class) throw UsageError("--count and --per-class exclude each other");
  const std::vector<int64_t> chosen = chosen_classes(*this, table);
  const auto kinds = static_cast<int64_t>(chosen.size());
  return plan_samples(chosen, start, count.value_or(per_class.value_or(1) * kinds));
}

std::vector<SampleItem> SampleRequest::items_of_shard(const std::vector<SampleItem>& all) const {
  std::vector<SampleItem> items = select_shard(all, parse_shard(shard));
  if (items.empty()) {
    throw UsageError(
        fmt::format("--shard {}: none of the {} pictures is in it", shard, all.size()));
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

}  // namespace gpst
