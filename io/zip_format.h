// Numbers of the zip format (PKWARE's APPNOTE), shared by its reader and its writer.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gpst::zip {

inline constexpr uint32_t kLocalSignature = 0x04034b50;
inline constexpr uint32_t kCentralSignature = 0x02014b50;
inline constexpr uint32_t kEndSignature = 0x06054b50;
inline constexpr uint32_t kEnd64Signature = 0x06064b50;
inline constexpr uint32_t kEnd64LocatorSignature = 0x07064b50;

// Sizes of the records without their variable parts.
inline constexpr size_t kLocalSize = 30;
inline constexpr size_t kCentralSize = 46;
inline constexpr size_t kEndSize = 22;
inline constexpr size_t kEnd64Size = 56;
inline constexpr size_t kEnd64LocatorSize = 20;

inline constexpr uint16_t kZip64ExtraId = 0x0001;
inline constexpr uint16_t kVersionPlain = 20;
inline constexpr uint16_t kVersionZip64 = 45;
inline constexpr uint16_t kFlagEncrypted = 0x0001;
inline constexpr uint16_t kFlagUtf8 = 0x0800;

// Stands in a 16- or 32-bit field whose value is in the zip64 record.
inline constexpr uint16_t kIn64Bit16 = 0xFFFF;
inline constexpr uint32_t kIn64Bit32 = 0xFFFFFFFF;

}  // namespace gpst::zip
