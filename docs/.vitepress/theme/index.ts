import type { Theme } from 'vitepress';
import DefaultTheme from 'vitepress/theme-without-fonts';
import Layout from './Layout.vue';
import PageFacts from './PageFacts.vue';
import { sideBars } from './side-bars.ts';
import './style.css';

export default {
  extends: DefaultTheme,
  Layout,
  enhanceApp({ app, siteData }) {
    app.component('PageFacts', PageFacts);
    // As a part of the configuration, all side bars would stand in the HTML of every page.
    const { themeConfig, ...data } = siteData.value;
    siteData.value = { ...data, themeConfig: { ...themeConfig, sidebar: sideBars } };
  },
} satisfies Theme;
