#include "cuda/emulator/shadow.h"

#include <algorithm>
#include <bit>

namespace gpst::emulator {

void Shadow::resize(size_t bytes, size_t alignment) {
  const int shift = std::min(2, std::countr_zero(std::max<size_t>(alignment, 1)));
  if (bytes == bytes_ && shift >= shift_) return;
  bytes_ = bytes;
  shift_ = shift;
  pieces_.assign((bytes + (size_t{1} << shift) - 1) >> shift, {});
}

void Shadow::clear() { std::fill(pieces_.begin(), pieces_.end(), Piece{}); }

void Shadow::refine(int shift) {
  const size_t copies = size_t{1} << (shift_ - shift);
  std::vector<Piece> finer;
  finer.reserve(pieces_.size() * copies);
  for (const Piece& piece : pieces_) finer.insert(finer.end(), copies, piece);
  pieces_ = std::move(finer);
  shift_ = shift;
}

ShadowResult Shadow::access(const Ordering& ordering, int thread, size_t offset, size_t bytes,
                            AccessKind kind, const void* code) {
  const int grain = std::countr_zero(offset | bytes);
  if (grain < shift_) refine(grain);
  const size_t end = (offset + bytes) >> shift_;
  for (size_t i = offset >> shift_; i < end; ++i) {
    const ShadowResult result = access(ordering, thread, pieces_[i], kind, code);
    if (result.finding != ShadowFinding::none) return result;
  }
  return {};
}

ShadowResult Shadow::access(const Ordering& ordering, int thread, Piece& piece, AccessKind kind,
                            const void* code) {
  const auto race = [&](const AccessSet& set, bool wrote) {
    return ShadowResult{ShadowFinding::race, ordering.culprit(set, thread), wrote, set.code};
  };
  if (kind != AccessKind::write && !ordering.is_of_this_block(piece.writers)) {
    return {.finding = ShadowFinding::unwritten};
  }
  if (!ordering.is_before(piece.writers, thread)) return race(piece.writers, true);
  if (kind != AccessKind::atomic && !ordering.is_before(piece.atomics, thread)) {
    return race(piece.atomics, true);
  }
  if (kind == AccessKind::read) {
    ordering.add(piece.readers, thread, code);
    return {};
  }
  if (!ordering.is_before(piece.readers, thread)) return race(piece.readers, false);
  if (kind == AccessKind::atomic) {
    ordering.add(piece.atomics, thread, code);
    return {};
  }
  // Whatever races with what came before also races with this write.
  ordering.replace(piece.writers, thread, code);
  piece.readers = piece.atomics = {};
  return {};
}

}  // namespace gpst::emulator
