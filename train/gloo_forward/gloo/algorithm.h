// Nothing of it is mentioned (../README.md).
#pragma once
