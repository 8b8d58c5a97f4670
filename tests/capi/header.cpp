// The C header is also valid C++.
#include <trunkline/trunkline.h>

int main()
{
    return trunkline_version() == 0;
}
