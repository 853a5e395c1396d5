/** The globals that React Native has set up before an app, what its docs ask for, and the app. */
import 'react-native/Libraries/Core/setUpGlobals';
import 'react-native/Libraries/Core/setUpXHR';
import 'react-native/Libraries/Core/setUpNavigator';
import RCTDeviceEventEmitter from 'react-native/Libraries/EventEmitter/RCTDeviceEventEmitter';
import { setupURLPolyfill } from 'react-native-url-polyfill';
import * as isosession from 'isosession';

setupURLPolyfill();
globalThis.emit = (type, args) => RCTDeviceEventEmitter.emit(type, args);
globalThis.isosession = isosession;
