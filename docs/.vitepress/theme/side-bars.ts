import type { DefaultTheme } from 'vitepress';
import { type Group, groups } from '../pages.ts';

/** Those of a folder have the same side bar, and each page outside of folders has its own. */
const scopeOf = (link: string): string => link.replace(/(?<=\/.*\/)[^/]*$/, '');

/** The pages of a group, and the other groups by their first pages. */
function sideBarOf(own: Group): DefaultTheme.SidebarItem[] {
  return groups.map(({ text, items }) => {
    const links = items.map(([title, link]) => ({ text: title, link }));
    return text === own.text ? { text, items: links } : { text, link: links[0]?.link ?? '/' };
  });
}

/** What stands beside a page, by the beginnings of paths. */
export const sideBars: DefaultTheme.SidebarMulti = Object.fromEntries(
  groups.flatMap((group) => {
    const bar = sideBarOf(group);
    return group.items.map(([, link]) => [scopeOf(link), bar]);
  }),
);
