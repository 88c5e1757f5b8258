# SPDX-License-Identifier: LGPL-2.1-or-later
"""What NetworkManager's stand-in shows on the bus: a part of what NetworkManager 1.42 shows, with the same signatures."""

NAME = ROOT_INTERFACE = "org.freedesktop.NetworkManager"
ROOT = "/org/freedesktop/NetworkManager"
SETTINGS, SETTINGS_INTERFACE = ROOT + "/Settings", NAME + ".Settings"
CONNECTION_INTERFACE = NAME + ".Settings.Connection"
ACTIVE_INTERFACE = NAME + ".Connection.Active"
DEVICE_INTERFACE = NAME + ".Device"
PROPERTIES = "org.freedesktop.DBus.Properties"

DEVICE_TYPE_MODEM = 8
DEVICE_DISCONNECTED, DEVICE_PREPARE, DEVICE_ACTIVATED = 30, 40, 100
ACTIVE_ACTIVATING, ACTIVE_ACTIVATED, ACTIVE_DEACTIVATING, ACTIVE_DEACTIVATED = 1, 2, 3, 4
# Why: NM_ACTIVE_CONNECTION_STATE_REASON_
REASON_NONE, REASON_USER_DISCONNECTED, REASON_DEVICE_DISCONNECTED, REASON_CONNECTION_REMOVED = 1, 2, 3, 11

ROOT_XML = """
<node><interface name="org.freedesktop.NetworkManager">
 <method name="GetDevices"><arg name="devices" direction="out" type="ao"/></method>
 <method name="ActivateConnection">
  <arg name="connection" direction="in" type="o"/><arg name="device" direction="in" type="o"/>
  <arg name="specific_object" direction="in" type="o"/>
  <arg name="active_connection" direction="out" type="o"/></method>
 <method name="DeactivateConnection"><arg name="active_connection" direction="in" type="o"/></method>
 <property name="Devices" type="ao" access="read"/>
 <property name="ActiveConnections" type="ao" access="read"/>
 <property name="PrimaryConnection" type="o" access="read"/>
 <property name="Version" type="s" access="read"/>
</interface></node>
"""

SETTINGS_XML = """
<node><interface name="org.freedesktop.NetworkManager.Settings">
 <method name="ListConnections"><arg name="connections" direction="out" type="ao"/></method>
 <method name="GetConnectionByUuid">
  <arg name="uuid" direction="in" type="s"/><arg name="connection" direction="out" type="o"/></method>
 <method name="AddConnection">
  <arg name="connection" direction="in" type="a{sa{sv}}"/><arg name="path" direction="out" type="o"/></method>
 <method name="AddConnection2">
  <arg name="settings" direction="in" type="a{sa{sv}}"/><arg name="flags" direction="in" type="u"/>
  <arg name="args" direction="in" type="a{sv}"/>
  <arg name="path" direction="out" type="o"/><arg name="result" direction="out" type="a{sv}"/></method>
 <signal name="NewConnection"><arg name="connection" type="o"/></signal>
 <signal name="ConnectionRemoved"><arg name="connection" type="o"/></signal>
 <property name="Connections" type="ao" access="read"/>
</interface></node>
"""

CONNECTION_XML = """
<node><interface name="org.freedesktop.NetworkManager.Settings.Connection">
 <method name="Update"><arg name="properties" direction="in" type="a{sa{sv}}"/></method>
 <method name="Delete"/>
 <method name="GetSettings"><arg name="settings" direction="out" type="a{sa{sv}}"/></method>
 <method name="GetSecrets">
  <arg name="setting_name" direction="in" type="s"/><arg name="secrets" direction="out" type="a{sa{sv}}"/></method>
 <method name="Update2">
  <arg name="settings" direction="in" type="a{sa{sv}}"/><arg name="flags" direction="in" type="u"/>
  <arg name="args" direction="in" type="a{sv}"/><arg name="result" direction="out" type="a{sv}"/></method>
 <signal name="Updated"/>
 <signal name="Removed"/>
 <property name="Unsaved" type="b" access="read"/>
</interface></node>
"""

ACTIVE_XML = """
<node><interface name="org.freedesktop.NetworkManager.Connection.Active">
 <signal name="StateChanged"><arg name="state" type="u"/><arg name="reason" type="u"/></signal>
 <property name="Connection" type="o" access="read"/>
 <property name="Id" type="s" access="read"/>
 <property name="Uuid" type="s" access="read"/>
 <property name="Type" type="s" access="read"/>
 <property name="Devices" type="ao" access="read"/>
 <property name="State" type="u" access="read"/>
 <property name="Default" type="b" access="read"/>
 <property name="Default6" type="b" access="read"/>
</interface></node>
"""

DEVICE_XML = """
<node><interface name="org.freedesktop.NetworkManager.Device">
 <property name="Interface" type="s" access="read"/>
 <property name="DeviceType" type="u" access="read"/>
 <property name="State" type="u" access="read"/>
 <property name="ActiveConnection" type="o" access="read"/>
</interface></node>
"""
