#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace trunkline::redis::test {

/**
 * A real redis-server of this test alone: on a local socket and a free port of loopback, without
 * persistence, stopped by its process id.
 */
class redis_server {
public:
    /// Whether the program is installed. Where CI is set a missing one fails the test.
    static bool is_installed();

    /// Further lines of its configuration; with `tls` the port speaks that, and nothing else.
    explicit redis_server(std::vector<std::string> const& settings = {}, bool tls = false);
    redis_server(redis_server const&) = delete;
    redis_server& operator=(redis_server const&) = delete;
    ~redis_server();

    std::string socket() const { return folder_ + "/redis.sock"; }
    std::uint16_t port() const noexcept { return port_; }
    std::string const& folder() const noexcept { return folder_; }
    std::string local_url() const { return "unix://" + socket(); }
    std::string tcp_url() const { return "redis://127.0.0.1:" + std::to_string(port_); }
    std::string tls_url(std::string const& host = "127.0.0.1") const
    {
        return "rediss://" + host + ":" + std::to_string(port_);
    }

    void start();
    /// Kills it at once; everything it knew is gone.
    void stop();
    /// Stops it from answering, while its connections stay, and lets it go on.
    void freeze();
    void thaw();

private:
    std::string folder_;
    std::vector<std::string> settings_;
    bool tls_ = false;
    std::uint16_t port_ = 0;
    pid_t pid_ = -1;
};

} // namespace trunkline::redis::test
