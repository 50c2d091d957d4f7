// The system calls that change storage, each passing the fault seam, and the IoErrors they become.
// Internal to base/; everybody else uses files.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gpst {

// Throws IoError "cannot ACTION PATH: reason; what to do".
[[noreturn]] void throw_io_error(std::string_view action, const std::string& path, int code);

// An open file. Moves only; closes itself without complaint unless close() was called before.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept;
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor();
  int get() const { return number_; }
  bool is_open() const { return number_ >= 0; }
  void close(const std::string& path);  // IoError when the system reports a late failure

 private:
  int number_ = -1;
};

Descriptor open_to_read(const std::string& path);
// Creates the file when it is not there; keeps what is in it. Does not follow a symbolic link.
Descriptor open_to_write(const std::string& path);
// A file that gets its final name later: created when it is not there, its bytes kept, locked.
// IoError when another process is writing it. A file system without locks is trusted to have one
// writer.
Descriptor open_temporary(const std::string& path);
// Cuts the file, or extends it with zeros.
void set_size(const Descriptor& file, std::int64_t size, const std::string& path);
// Writes all bytes at `offset`.
void write_all(const Descriptor& file, const void* data, std::size_t size, std::int64_t offset,
               const std::string& path);
void sync_file(const Descriptor& file, const std::string& path);
// Makes names within a folder durable.
void sync_directory(const std::string& path);
void rename_path(const std::string& from, const std::string& to);
// False when the folder was there already.
bool make_directory(const std::string& path);
void remove_all(const std::string& path);
void remove_quietly(const std::string& path) noexcept;

enum class LockResult : std::uint8_t { taken, held_by_other, unsupported };
// Asks for the file's exclusive lock without waiting.
LockResult try_lock(const Descriptor& file, const std::string& path);

// The folder `path` stands in; "." for a bare name.
std::string parent_directory(const std::string& path);

}  // namespace gpst
