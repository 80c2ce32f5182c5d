// A file that is appended to record by record, and keeps what was whole when a
// run ended, however it ended.
#ifndef EXCISE_IO_JOURNAL_H_
#define EXCISE_IO_JOURNAL_H_

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "io/mapped_file.h"

namespace excise {

// A header, which says whose records follow, and records, each with a number of
// the writer's and a checksum (XXH3) over all of it.
class Journal {
 public:
  struct Record {
    uint64_t number;
    std::span<const std::byte> content;  // begins at a multiple of 8
  };

  // Errors: io, bad_file where it is no journal or its header is damaged.
  static Result<Journal> open(const std::filesystem::path& path);

  std::string_view header() const { return header_; }
  // In the order in which they were written, up to the first that is not whole.
  const std::vector<Record>& records() const { return records_; }
  // Bytes up to the end of the last whole record, and behind it.
  size_t whole_bytes() const { return whole_; }
  size_t torn_bytes() const { return file_.bytes().size() - whole_; }
  // Error io when the file was changed since it was opened.
  Status check_unchanged() const { return file_.check_unchanged(); }

 private:
  explicit Journal(MappedFile file) : file_(std::move(file)) {}
  MappedFile file_;
  std::string_view header_;
  std::vector<Record> records_;
  size_t whole_ = 0;
};

// The one process that writes a journal: others are refused while it lives.
class JournalWriter {
 public:
  // Errors: io; bad_input where something is there.
  static Result<JournalWriter> create(const std::filesystem::path& path,
                                      std::string_view header);
  // Goes on behind the last whole record; what is torn behind it is cut off
  // first. Errors: those of Journal::open(); bad_input where another process
  // writes it.
  static Result<JournalWriter> go_on(const std::filesystem::path& path);
  JournalWriter(JournalWriter&& other) noexcept;
  JournalWriter& operator=(JournalWriter&&) = delete;
  ~JournalWriter();

  // Returns once the record is on the disk. Error io, after which the file ends
  // as it did before.
  Status append(uint64_t number, std::span<const std::byte> content);

 private:
  JournalWriter(int descriptor, std::filesystem::path path)
      : descriptor_(descriptor), path_(std::move(path)) {}
  int descriptor_;
  std::filesystem::path path_;
  size_t end_ = 0;
};

}  // namespace excise

#endif  // EXCISE_IO_JOURNAL_H_
