// metrics.csv of a run as a table that two runs can be compared by.
#pragma once

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

namespace gpst {

// The cells, the head first, without the columns that are times.
inline std::vector<std::vector<std::string>> timeless_cells(const std::string& metrics) {
  const auto cells = [](const std::string& line) {
    std::vector<std::string> result;
    std::istringstream stream(line);
    for (std::string cell; std::getline(stream, cell, ',');) result.push_back(cell);
    return result;
  };
  std::istringstream lines(metrics);
  std::vector<std::vector<std::string>> table;
  for (std::string line; std::getline(lines, line);) {
    table.push_back(cells(line));
    table.back().resize(table.front().size());
  }
  for (const std::string time : {"seconds", "examples_per_second", "data_share"}) {
    const auto column = std::ranges::find(table.front(), time) - table.front().begin();
    for (auto& row : table) row.erase(row.begin() + column);
  }
  return table;
}

}  // namespace gpst
