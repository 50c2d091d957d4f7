#include "eval/pairing.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "base/error.h"

namespace gpst {
namespace {

using Numbers = std::unordered_map<std::string, int64_t>;
using Names = std::vector<std::string>;

Names names_of(const PictureSet& set) {
  Names names;
  for (int64_t i = 0; i < set.size(); ++i) names.push_back(set.name(i));
  return names;
}

// Without the folder that all have in front, as a tar of a folder has it.
Names without_common_folder(Names names) {
  const size_t length = names.front().find('/') + 1;  // 0: there is none
  const std::string folder = names.front().substr(0, length);
  const auto is_inside = [&](const std::string& name) { return name.starts_with(folder); };
  if (length == 0 || !std::all_of(names.begin(), names.end(), is_inside)) return names;
  for (std::string& name : names) name.erase(0, length);
  return names;
}

Numbers numbers_by_name(const PictureSet& set, const Names& names) {
  Numbers numbers;
  for (int64_t i = 0; i < set.size(); ++i) {
    const auto [known, is_new] = numbers.emplace(names[static_cast<size_t>(i)], i);
    if (!is_new) {
      throw InputError(fmt::format("{} and {} have the same name; pairs are found by name",
                                   set.location(known->second), set.location(i)));
    }
  }
  return numbers;
}

MatchedSets match_by_name(const PictureSet& a, const Names& names_a, const PictureSet& b,
                          const Names& names_b) {
  const Numbers in_a = numbers_by_name(a, names_a), in_b = numbers_by_name(b, names_b);
  std::vector<int64_t> of_a, of_b;
  std::vector<UnmatchedPicture> unmatched;
  for (int64_t i = 0; i < a.size(); ++i) {
    const auto found = in_b.find(names_a[static_cast<size_t>(i)]);
    if (found == in_b.end()) {
      unmatched.push_back({a.location(i), "the second set has no picture of this name"});
    } else {
      of_a.push_back(i);
      of_b.push_back(found->second);
    }
  }
  for (int64_t i = 0; i < b.size(); ++i) {
    if (in_a.contains(names_b[static_cast<size_t>(i)])) continue;
    unmatched.push_back({b.location(i), "the first set has no picture of this name"});
  }
  return {a.select(of_a), b.select(of_b), std::move(unmatched)};
}

MatchedSets match_by_number(const PictureSet& a, const PictureSet& b) {
  if (a.size() != b.size()) {
    throw InputError(fmt::format(
        "{} pictures from {} on and {} from {} on: pictures of an npz are paired by their number, "
        "so both sides must have as many",
        a.size(), a.location(0), b.size(), b.location(0)));
  }
  return {a, b, {}};
}

}  // namespace

MatchedSets match_pictures(const PictureSet& a, const PictureSet& b) {
  if (a.has_archives() || b.has_archives() || (a.size() == 1 && b.size() == 1)) {
    return match_by_number(a, b);
  }
  const Names names_a = names_of(a), names_b = names_of(b);
  MatchedSets matched = match_by_name(a, names_a, b, names_b);
  if (matched.a.size() > 0) return matched;
  matched = match_by_name(a, without_common_folder(names_a), b, without_common_folder(names_b));
  if (matched.a.size() > 0) return matched;
  throw InputError(
      fmt::format("no picture of the two sets has the same name (without extension): the first has "
                  "'{}', the second '{}'",
                  names_a.front(), names_b.front()));
}

}  // namespace gpst
