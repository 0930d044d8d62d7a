/** Go's package time as data: the calendar, layouts, zones. */
export { dateOf, dayNumber, daysIn, leapYear, weekdayOf } from "./civil.ts";
export { formatTime } from "./format.ts";
export { nextPiece, type Element } from "./layout.ts";
export { parseRfc3339, zeroMoment, type Moment } from "./rfc3339.ts";
export { dayNames, monthNames, wallTime, type WallTime } from "./wall.ts";
export { fixedZone, loadLocation, localZone, utc, type Location, type ZonePort } from "./zones.ts";
