package mshv.gateway.linux;

/**
 * Which file it is, whatever it is called.
 *
 * @param device st_dev
 * @param inode st_ino
 */
public record FileId(long device, long inode) {}
