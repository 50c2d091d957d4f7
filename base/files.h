// All writing to the file system goes through here: whole files appear under their name or not at
// all, and every failure is an IoError that names the path, the reason and what to do.
//
// Faults for tests: GPST_TEST_FAULTS is a comma list of kind:n:what with kind open, write, fsync,
// rename, mkdir, close or remove; n the number of the call of that kind, from 1, or `n+` for it and
// all later ones; what ENOSPC, EIO, EACCES, EDQUOT or KILL. KILL ends the process with status 137,
// a write with half of its bytes done. Example: GPST_TEST_FAULTS=write:3:ENOSPC,rename:2:KILL
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace gpst {

// A file that appears under `path` only with commit(): written to `path`.partial, which is fsynced
// and renamed, then the folder is fsynced. Without commit() the destructor removes the temporary;
// one that a killed process left is taken over by the next writer, one that is being written by
// somebody else is an IoError. Not thread-safe.
class AtomicFile {
 public:
  explicit AtomicFile(const std::string& path);
  AtomicFile(AtomicFile&&) noexcept;
  AtomicFile& operator=(AtomicFile&&) noexcept;
  ~AtomicFile();

  void write(const void* data, std::size_t size);
  void write(std::string_view text) { write(text.data(), text.size()); }
  void write(std::span<const std::byte> bytes) { write(bytes.data(), bytes.size()); }
  // Moves to an absolute position; the file may be longer than that already.
  void seek(std::int64_t position);
  std::int64_t position() const;
  void commit();
  const std::string& path() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

void write_file_atomic(const std::string& path, std::string_view content);

// The content of a file. InputError when it is longer than `limit` bytes.
std::string read_file(const std::string& path,
                      std::int64_t limit = std::numeric_limits<std::int64_t>::max());

// A whole file, mapped to be read. The bytes live as long as the object; moving keeps them.
class MappedFile {
 public:
  explicit MappedFile(const std::string& path);
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();
  std::span<const std::byte> bytes() const { return bytes_; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  std::span<const std::byte> bytes_;
};

// Held by one process at a time; IoError, naming the process that has it, when it is taken. The
// lock ends with the object or the process; the file stays.
class FileLock {
 public:
  explicit FileLock(const std::string& path);
  FileLock(FileLock&&) noexcept;
  FileLock& operator=(FileLock&&) noexcept;
  ~FileLock();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The folder and its parents; fine when they exist.
void create_directories(const std::string& path);
// Gives a finished folder its final name: fsyncs it, renames, fsyncs the parent. IoError when
// something stands under the final name already.
void rename_directory(const std::string& temporary, const std::string& final_path);
// Removes a file or folder with all that is in it; fine when there is none.
void remove_tree(const std::string& path);

bool path_exists(const std::string& path);
bool is_directory(const std::string& path);

}  // namespace gpst
