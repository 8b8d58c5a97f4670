#include <http/gzip.hpp>

#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>
#include <new>
#include <stdexcept>

namespace trunkline::http {
namespace {

constexpr int gzip_window = 15 + 16; // zlib's way to say "gzip wrapper, largest window"

Bytef* bytes_of(std::string_view text) noexcept
{
    // zlib takes a mutable pointer and does not write through it.
    return reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
}

} // namespace

gzip_reader::gzip_reader() : z_(std::make_unique<z_stream>())
{
    if (inflateInit2(z_.get(), gzip_window) != Z_OK) throw std::bad_alloc();
}

gzip_reader::~gzip_reader()
{
    inflateEnd(z_.get());
}

gzip_reader::status gzip_reader::feed(std::string_view bytes, std::string& out, std::size_t limit)
{
    std::array<char, 16 * 1024> chunk;
    while (!bytes.empty()) {
        if (state_ == state::member_end && inflateReset(z_.get()) != Z_OK) return status::bad_data;
        state_ = state::inside;
        auto const part = std::min<std::size_t>(bytes.size(), std::numeric_limits<uInt>::max());
        z_->next_in = bytes_of(bytes);
        z_->avail_in = static_cast<uInt>(part);
        int result = Z_OK;
        do {
            z_->next_out = reinterpret_cast<Bytef*>(chunk.data());
            z_->avail_out = static_cast<uInt>(chunk.size());
            result = inflate(z_.get(), Z_NO_FLUSH);
            if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
                return status::bad_data;
            auto const decoded = chunk.size() - z_->avail_out;
            if (decoded > limit - std::min(limit, out.size())) return status::too_large;
            out.append(chunk.data(), decoded);
        } while (result == Z_OK && (z_->avail_in > 0 || z_->avail_out == 0));
        bytes.remove_prefix(part - z_->avail_in);
        if (result == Z_STREAM_END) state_ = state::member_end;
        else if (z_->avail_in > 0) return status::bad_data; // no progress with input left
    }
    return status::ok;
}

std::string gzip_compress(std::string_view text)
{
    z_stream z{};
    // Level 1: JSON shrinks nearly as well, at a third of the time of the default.
    if (deflateInit2(&z, 1, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        throw std::bad_alloc();
    std::string out(deflateBound(&z, static_cast<uLong>(text.size())), '\0');
    z.next_in = bytes_of(text);
    z.avail_in = static_cast<uInt>(text.size());
    z.next_out = reinterpret_cast<Bytef*>(out.data());
    z.avail_out = static_cast<uInt>(out.size());
    int const result = deflate(&z, Z_FINISH);
    out.resize(out.size() - z.avail_out);
    deflateEnd(&z);
    if (result != Z_STREAM_END)
        throw std::runtime_error("gzip: the text is too large to compress at once");
    return out;
}

} // namespace trunkline::http
