/**
 * The list, the host of the target with its port if it has one, whether it goes direct; where curl
 * says the opposite, why we do not.
 */
export type Row = [list: string, host: string, isDirect: boolean, notAsCurl?: string];

// Why a row is not as curl has it.
export const blanks =
  'a list that is divided by white space is meant as a list, as in axios and undici';
export const ports = 'curl takes the port for a part of the name; requests, Go and axios know it';
export const loopback = 'this machine has one name';
export const spelling = 'an entry means the host that it means in a URL, as in axios';
export const brackets = 'curl knows no brackets; Go and axios do';
export const mapped = 'both addresses are one host, as in axios';
export const zero = 'no bits are every address, as in Go and axios; in curl they are all bits';
export const star =
  'an asterisk is one entry among others, as in Go and axios; in curl it must be the only one';
export const below = 'curl knows no asterisk in a name; Go and axios do';
