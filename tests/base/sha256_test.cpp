#include "base/sha256.h"

#include <gtest/gtest.h>

#include <string>

namespace gpst {
namespace {

// FIPS 180-4's examples and NIST's million letters.
TEST(Sha256, published_vectors) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256_hex(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

// Around the lengths where the padding needs a block more.
TEST(Sha256, pieces_give_the_same) {
  for (const size_t size : {1, 54, 55, 56, 57, 63, 64, 65, 119, 120, 128, 1000}) {
    std::string text(size, '\0');
    for (size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 7 + 1);
    for (const size_t piece : {1, 3, 55, 64, 100}) {
      Sha256 digest;
      for (size_t at = 0; at < size; at += piece) {
        digest.hex();  // changes nothing
        digest.update(std::as_bytes(std::span(text).subspan(at, std::min(piece, size - at))));
      }
      EXPECT_EQ(digest.hex(), sha256_hex(text)) << size << " bytes in pieces of " << piece;
    }
  }
}

}  // namespace
}  // namespace gpst
