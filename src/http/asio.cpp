// Boost.Asio is compiled once, here: every other translation unit sees declarations only
// (BOOST_ASIO_SEPARATE_COMPILATION), which saves seconds in each of them.
#include <boost/asio/impl/src.hpp>

#include <boost/asio/ssl/impl/src.hpp>
