#include "io/journal.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "io/fingerprint.h"
#include "io/output_file.h"

namespace excise {
namespace {

// A block: 8 bytes that say what it is, number and size of the content (8 bytes
// each, as the processor has them), the content filled up to a multiple of 8,
// and the checksum of all that, 32 digits.
constexpr std::string_view kHeaderMark = "EXCJRNL1";
constexpr std::string_view kRecordMark = "EXCRCRD1";
constexpr size_t kMark = 8;
constexpr size_t kPlaces = kMark + 2 * sizeof(uint64_t);
constexpr size_t kChecksum = 32;
constexpr size_t kAlignment = 8;

size_t filled(size_t bytes) {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

std::string checksum_of(std::span<const std::byte> bytes) {
  ContentFingerprint fingerprint;
  fingerprint.add(bytes);
  return fingerprint.hex();
}

std::string block(std::string_view mark, uint64_t number,
                  std::span<const std::byte> content) {
  const uint64_t size = content.size();
  std::string out(mark);
  out.reserve(kPlaces + filled(size) + kChecksum);
  const auto add = [&](const void* bytes, size_t count) {
    out.append(static_cast<const char*>(bytes), count);
  };
  add(&number, sizeof(number));
  add(&size, sizeof(size));
  add(content.data(), content.size());
  out.resize(kPlaces + filled(size));
  return out + checksum_of(std::as_bytes(std::span(out)));
}

struct Block {
  uint64_t number = 0;
  std::span<const std::byte> content;
  size_t bytes = 0;  // of all of it
};

// The block that `bytes` begins with, where it is whole.
std::optional<Block> first_block(std::string_view mark,
                                 std::span<const std::byte> bytes) {
  if (bytes.size() < kPlaces + kChecksum ||
      std::memcmp(bytes.data(), mark.data(), kMark) != 0) {
    return std::nullopt;
  }
  Block block;
  uint64_t size = 0;
  std::memcpy(&block.number, &bytes[kMark], sizeof(block.number));
  std::memcpy(&size, &bytes[kMark + sizeof(block.number)], sizeof(size));
  if (size > bytes.size() - kPlaces - kChecksum) return std::nullopt;
  block.bytes = kPlaces + filled(size) + kChecksum;
  if (block.bytes > bytes.size()) return std::nullopt;
  const auto checked = bytes.first(block.bytes - kChecksum);
  if (std::memcmp(&bytes[checked.size()], checksum_of(checked).data(),
                  kChecksum) != 0) {
    return std::nullopt;
  }
  block.content = bytes.subspan(kPlaces, size);
  return block;
}

tl::unexpected<Error> failure(const std::filesystem::path& path,
                              std::string_view deed, int error) {
  return fail(ErrorCode::kIo,
              {.where = "journal",
               .subject = path.string(),
               .expected = "to " + std::string(deed) + " it",
               .found = std::strerror(error),
               .hint = "check the disk space and the permissions"});
}

bool write_at(int descriptor, std::string_view bytes, size_t place) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(descriptor, bytes.data(), bytes.size(),
                                     static_cast<off_t>(place));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(written));
    place += static_cast<size_t>(written);
  }
  return true;
}

// So that the name, too, is there after a loss of power.
void sync_folder(const std::filesystem::path& path) {
  const std::filesystem::path folder =
      path.has_parent_path() ? path.parent_path() : ".";
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY);
  if (descriptor < 0) return;
  ::fsync(descriptor);  // some file systems do not: nothing can be done then
  ::close(descriptor);
}

}  // namespace

Result<Journal> Journal::open(const std::filesystem::path& path) {
  Journal journal(EXCISE_TRY(MappedFile::open(path)));
  std::span<const std::byte> rest = journal.file_.bytes();
  const auto header = first_block(kHeaderMark, rest);
  if (!header) {
    return fail(ErrorCode::kBadFile,
                {.where = "journal",
                 .subject = path.string(),
                 .expected = "a journal that excise corpus wrote",
                 .found = "another file, or a damaged beginning",
                 .hint = "give another --out, or begin anew with --force"});
  }
  journal.header_ = {reinterpret_cast<const char*>(header->content.data()),
                     header->content.size()};
  journal.whole_ = header->bytes;
  rest = rest.subspan(header->bytes);
  while (const auto record = first_block(kRecordMark, rest)) {
    journal.records_.push_back({record->number, record->content});
    journal.whole_ += record->bytes;
    rest = rest.subspan(record->bytes);
  }
  EXCISE_CHECK(journal.file_.check_unchanged());
  return journal;
}

Result<JournalWriter> JournalWriter::create(const std::filesystem::path& path,
                                            std::string_view header) {
  EXCISE_CHECK(write_whole_file(
      path,
      block(kHeaderMark, 0,
            std::as_bytes(std::span(header.data(), header.size()))),
      false));
  sync_folder(path);
  return go_on(path);
}

Result<JournalWriter> JournalWriter::go_on(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (descriptor < 0) return failure(path, "open", errno);
  JournalWriter writer(descriptor, path);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    return fail(ErrorCode::kBadInput,
                {.where = "journal",
                 .subject = path.string(),
                 .expected = "a journal that no other run writes",
                 .found = "one that a run is writing now",
                 .hint = "wait for it, or give another --out"});
  }
  writer.end_ = EXCISE_TRY(Journal::open(path)).whole_bytes();
  if (::ftruncate(descriptor, static_cast<off_t>(writer.end_)) != 0 ||
      ::fsync(descriptor) != 0) {
    return failure(path, "cut off what is torn of", errno);
  }
  return writer;
}

JournalWriter::JournalWriter(JournalWriter&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      path_(std::move(other.path_)),
      end_(other.end_) {}

JournalWriter::~JournalWriter() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Status JournalWriter::append(uint64_t number,
                             std::span<const std::byte> content) {
  const std::string bytes = block(kRecordMark, number, content);
  if (!write_at(descriptor_, bytes, end_) || ::fdatasync(descriptor_) != 0) {
    const int error = errno;
    // What was torn would be cut off by the next run anyway.
    [[maybe_unused]] const int cut =
        ::ftruncate(descriptor_, static_cast<off_t>(end_));
    return failure(path_, "write to", error);
  }
  end_ += bytes.size();
  return {};
}

}  // namespace excise
