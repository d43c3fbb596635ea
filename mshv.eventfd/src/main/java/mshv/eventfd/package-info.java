/**
 * Events and what they do to a partition: events of this process, interrupts by event (irqfd), doorbells (ioeventfd) and the table of
 * MSI routes. The semantics are those of eventfd(2) and of the driver's MSHV_IRQFD, MSHV_IOEVENTFD and MSHV_SET_MSI_ROUTING.
 */
package mshv.eventfd;
