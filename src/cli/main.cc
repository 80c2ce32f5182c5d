#include "cli/app.h"

int main(int argc, char** argv) { return excise::run_program(argc, argv); }
