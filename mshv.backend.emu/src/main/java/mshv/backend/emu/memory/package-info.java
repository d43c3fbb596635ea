/**
 * Memory of a partition as the emulated processors see it: raw access to host memory, and the map from guest-physical pages to host pages.
 * Nothing here knows of linear addresses, processors or hypercalls.
 */
package mshv.backend.emu.memory;
