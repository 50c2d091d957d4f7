// What has been done to each piece of a shared array: written or not, by whom since when.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "cuda/emulator/access.h"
#include "cuda/emulator/ordering.h"

namespace gpst::emulator {

enum class ShadowFinding { none, unwritten, race };

struct ShadowResult {
  ShadowFinding finding = ShadowFinding::none;
  int other_thread = 0;      // race
  bool other_wrote = false;  // race
  const void* other_code = nullptr;
};

// Pieces are as large as the smallest access so far, at most 4 bytes.
class Shadow {
 public:
  // Forgets nothing: what was done before the present block is known by its epoch.
  void resize(size_t bytes, size_t alignment);
  void clear();
  ShadowResult access(const Ordering& ordering, int thread, size_t offset, size_t bytes,
                      AccessKind kind, const void* code);

 private:
  struct Piece {
    AccessSet writers, readers, atomics;
  };
  std::vector<Piece> pieces_;
  size_t bytes_ = 0;
  int shift_ = 2;  // log2 of a piece's bytes

  void refine(int shift);
  ShadowResult access(const Ordering& ordering, int thread, Piece& piece, AccessKind kind,
                      const void* code);
};

}  // namespace gpst::emulator
