// A log-like file that grows at its end while it is in use, for records that must survive a crash.
// Files that are only useful whole are written with AtomicFile instead.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace gpst {

class AppendFile {
 public:
  // Creates the file when there is none; cuts what is in it after its first `keep` bytes. IoError
  // when it cannot be opened or is shorter than that.
  AppendFile(const std::string& path, std::int64_t keep);
  AppendFile(AppendFile&&) noexcept;
  AppendFile& operator=(AppendFile&&) noexcept;
  ~AppendFile();

  // The text is handed to the system before this returns. IoError when it cannot be written; what
  // was written of it is then overwritten by the next call.
  void append(std::string_view text);
  std::int64_t size() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gpst
