// A large file that is filled in any order, over several runs of the program if need be.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace gpst {

// `path`.partial until commit() gives it its name. Unlike AtomicFile it stays when the object goes
// without commit() or the process dies, and the next one finds its bytes: which of them are whole
// is for the caller to know. One process at a time: IoError when another one has it. Reads and
// writes of different places may come from several threads.
class PartialFile {
 public:
  explicit PartialFile(const std::string& path);
  PartialFile(PartialFile&&) noexcept;
  ~PartialFile();

  const std::string& path() const;  // the final one
  void resize(std::int64_t size);   // cut, or extended with zeros that take no room
  void write(std::int64_t offset, std::span<const std::byte> bytes);
  // False when the file ends before.
  bool read(std::int64_t offset, std::span<std::byte> bytes) const;
  // fsync, rename, fsync of the folder.
  void commit();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gpst
