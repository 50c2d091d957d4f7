// JSON lines: one object a line, as in rejects.jsonl {"path": ..., "reason": ...}.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace gpst {

// Appends to a file that is made when the first line comes, so that no line means no file. A line
// is on its way to the disk when append() returns: what was recorded survives the end of the
// program. Thread-safe. IoError when the file cannot be written.
class JsonLinesWriter {
 public:
  explicit JsonLinesWriter(const std::string& path);
  ~JsonLinesWriter();

  // `object` is written on one line, after the complete lines that are in the file already. Text
  // that is not UTF-8 (file names may be anything) has its bad bytes replaced by U+FFFD.
  void append(const nlohmann::json& object);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// All lines of a file; InputError with file and line number for a line that is not a JSON object.
// A last line without its newline was cut while being written, and is left out.
std::vector<nlohmann::json> read_json_lines(const std::string& path);

}  // namespace gpst
